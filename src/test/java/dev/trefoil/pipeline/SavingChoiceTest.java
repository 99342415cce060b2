package dev.trefoil.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.QuickstartBase;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SavePolicy;
import dev.trefoil.quant.BaseConfig;
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

    @Test
    void attention_of_as_many_layers_as_fit_in_between() {
        int layers = BaseConfig.read(base).shape().layers();
        // batches grow until the first layers keep their inputs alone
        for (int batch = 1000; batch < 1_000_000; batch += batch / 20) {
            EngineConfig engine = engine("engine.save=auto", "train.batch_size=" + batch);
            if (engine.save() == SavePolicy.ATTENTION && engine.recomputeLayers() > 0) {
                assertThat(engine.recomputeLayers()).isLessThan(layers);
                return;
            }
        }
        throw new AssertionError("no batch makes some layers keep more than others");
    }

    private SavePolicy chosen(String... overrides) {
        return engine(overrides).save();
    }

    private EngineConfig engine(String... overrides) {
        return StageKind.SFT.load(FILE, List.of(overrides)).engine(base);
    }
}
