package dev.trefoil;

import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import java.nio.file.Path;

/** The model that comes with the project, for tests that need one which has learned something. */
public final class QuickstartBase {

    private QuickstartBase() {}

    /** Its int8 base store below {@code folder}. */
    public static Path prepare(Path folder) {
        Path base = folder.resolve("base");
        Prepare.run(
                Path.of("pipelines/quickstart/base"),
                base,
                PrepareOptions.of(Precision.INT8),
                PrepareProgress.silent());
        return base;
    }
}
