package dev.trefoil.model;

import dev.trefoil.quant.Precision;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What layers compute once more on the way back is what they would have kept, in every kind of block. */
class RecomputeTest {

    private static final int LENGTH = 12;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {"arch_llama_gqa", "arch_gpt_neox", "arch_gpt_neox_sequential_fp16", "arch_bloom", "arch_qwen3"})
    void gradients_do_not_depend_on_what_is_kept(String architecture) {
        Path base = TinyTraining.prepare(folder, architecture, Precision.FP32);
        TinyTraining kept = trained(base, EngineConfig.parity());
        trained(base, EngineConfig.parity().with(SavePolicy.INPUTS)).isCloseTo(kept, "inputs");
        trained(base, EngineConfig.parity().with(SavePolicy.ATTENTION, 1))
                .isCloseTo(kept, "attention but of one layer");
    }

    private static TinyTraining trained(Path folder, EngineConfig engine) {
        Batch batch = TinyTraining.batch(LENGTH);
        try (SharedBase base = SharedBase.open(folder, engine)) {
            return TinyTraining.of(base, batch, role -> role.train(batch, Dropout.NONE));
        }
    }
}
