package dev.trefoil.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.QuickstartBase;
import dev.trefoil.model.SavePolicy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code engine.save: auto} becomes the fastest policy whose plan fits in the free memory. */
class SavingChoiceTest {

    private static final Path FILE = Path.of("pipelines/quickstart/sft.yaml");

    @TempDir
    private Path folder;

    private Path base;

    @BeforeEach
    void prepare() {
        base = QuickstartBase.prepare(folder);
    }

    @Test
    void everything_where_there_is_room() {
        assertThat(chosen("engine.save=auto", "train.batch_size=1")).isEqualTo(SavePolicy.ALL);
    }

    @Test
    void inputs_where_nothing_fits() {
        assertThat(chosen("engine.save=auto", "train.batch_size=1000000")).isEqualTo(SavePolicy.INPUTS);
    }

    @Test
    void what_is_said_stays() {
        assertThat(chosen("engine.save=attention", "train.batch_size=1000000")).isEqualTo(SavePolicy.ATTENTION);
    }

    private SavePolicy chosen(String... overrides) {
        return StageKind.SFT.load(FILE, List.of(overrides)).engine(base).save();
    }
}
