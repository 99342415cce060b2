package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.trefoil.ExitCode;
import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.kernel.ComputeDevice;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same numbers on a CUDA device as on the CPU. All but the refusal needs such a device and a build with the profile cuda. */
class CudaTest {

    private static final int LENGTH = 40;

    private static final int STEPS = 8;

    /** Temperature, top-k, top-p, min-p, repetition penalty, greedy, pad id, minimum of new tokens. */
    private static final float[] GREEDY = {1, 0, 1, 0, 1, 1, 0, 0};

    /** Of bfloat16, whose sums are rounded in another order there. */
    private static final double ROUGHLY = 0.05;

    @TempDir
    private Path folder;

    @Test
    void float32_agrees_with_the_cpu() {
        device();
        for (Precision precision : List.of(Precision.INT8, Precision.FP32)) {
            Path store = TinyBase.prepare(folder.resolve(precision.name()), precision);
            trained(store, EngineConfig.parity().with(ComputeDevice.CUDA))
                    .isCloseTo(trained(store, EngineConfig.parity()), precision + " on the device");
        }
    }

    @Test
    void int8_products_agree_with_the_cpu() {
        device();
        Path store = TinyBase.prepare(folder, Precision.INT8);
        EngineConfig engine = EngineConfig.int8Parity(6);
        trained(store, engine.with(ComputeDevice.CUDA))
                .isCloseTo(trained(store, engine), "int8 products on the device");
    }

    @Test
    void bfloat16_agrees_with_the_cpu_but_for_rounding() {
        device();
        Path store = TinyBase.prepare(folder, Precision.INT8);
        float[] found =
                trained(store, EngineConfig.defaults().with(ComputeDevice.CUDA)).logProbs();
        float[] wanted = trained(store, EngineConfig.defaults()).logProbs();
        assertThat(found).hasSameSizeAs(wanted);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).isCloseTo(wanted[i], within(ROUGHLY));
        }
    }

    @Test
    void greedy_generation_agrees_with_the_cpu() {
        device();
        Path store = TinyBase.prepare(folder, Precision.INT8);
        assertThat(generated(store, EngineConfig.parity().with(ComputeDevice.CUDA)))
                .isEqualTo(generated(store, EngineConfig.parity()));
    }

    @Test
    void without_a_device_it_says_what_to_do() {
        assumeThat(ComputeDevice.CUDA.available()).isFalse();
        Path store = TinyBase.prepare(folder, Precision.INT8);
        EngineConfig engine = EngineConfig.defaults().with(ComputeDevice.CUDA);
        assertThatThrownBy(() -> SharedBase.open(store, engine))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.REFUSED))
                .hasMessageContaining("no CUDA device")
                .hasMessageContaining("-Pcuda");
    }

    private static void device() {
        assumeThat(ComputeDevice.CUDA.available()).as("a CUDA device").isTrue();
    }

    private static TinyTraining trained(Path store, EngineConfig engine) {
        try (SharedBase base = SharedBase.open(store, engine)) {
            Batch batch = TinyTraining.batch(LENGTH);
            return TinyTraining.of(base, batch, role -> role.train(batch, Dropout.NONE));
        }
    }

    private static long[] generated(Path store, EngineConfig engine) {
        try (SharedBase base = SharedBase.open(store, engine);
                Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(), true))) {
            int[] prompts = {0, 3, 4, 5, 6, 7};
            return role.decode(prompts, new int[] {2, 3}, new float[2 * STEPS], GREEDY, new int[0])
                    .tokens();
        }
    }
}
