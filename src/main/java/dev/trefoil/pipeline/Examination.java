package dev.trefoil.pipeline;

import dev.trefoil.UserError;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.model.SharedBase;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the doctor finds in a pipeline or a stage before it runs. The base is opened, a few rows are computed, nothing is trained. */
public final class Examination {

    /** One stage with what was found. */
    public record Examined(String stage, Doctor doctor) {}

    private Examination() {}

    /**
     * Examines each stage of a file.
     *
     * @param file a pipeline file or a stage's file
     * @param base folder of the base store, or null for the file's
     * @param overrides {@code key=value} each
     * @param scale of a pipeline, or null
     * @throws UserError if a stage cannot even begin
     */
    public static List<Examined> of(Path file, Path base, List<String> overrides, String scale, PrintStream messages) {
        if (MemoryAdvice.isPipeline(file)) {
            Pipeline pipeline = Pipeline.load(file, overrides, scale, null);
            if (base == null) {
                PipelineRun.prepareBase(pipeline, messages);
            }
            List<Examined> found = new ArrayList<>();
            for (Pipeline.PlannedStage stage : pipeline.stages()) {
                found.add(examine(stage.loaded(), base == null ? pipeline.base() : base, stage.artifact(), messages));
            }
            return List.copyOf(found);
        }
        StageKind.Loaded stage = MemoryAdvice.stage(file, overrides);
        Path folder = base == null ? stage.base() : base;
        if (folder == null) {
            throw UserError.data(file + " base: is missing, and there is no --base; name the folder of a base store");
        }
        return List.of(examine(stage, folder, Path.of(stage.kind().key()), messages));
    }

    private static Examined examine(StageKind.Loaded stage, Path base, Path artifact, PrintStream messages) {
        StageContext context = StageContext.of(new RunFolder(artifact), messages, false);
        try (SharedBase shared = SharedBase.open(base, stage.engine(base))) {
            return new Examined(stage.kind().key(), stage.examine(context, shared));
        }
    }
}
