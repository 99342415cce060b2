package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.TinyBase;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.quant.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights that are dequantised once give the numbers of weights that are dequantised each time. */
class DequantisedWeightsTest {

    private static final int LENGTH = 17;
    private static final int LINEARS = 4;
    private static final float LOG_PROBABILITY = 0.02f;
    private static final float GRADIENT = 0.02f;

    @TempDir
    Path folder;

    /** @param arrays of the engine while the pass is open */
    private record Found(TinyTraining trained, int arrays, int layers) {}

    @Test
    void kept_weights_change_no_bit() {
        Path store = TinyBase.prepare(folder, Precision.INT8);
        for (EngineConfig engine : List.of(EngineConfig.defaults(), EngineConfig.parity())) {
            Found each = found(store, engine.withDequantisedMib(0));
            Found kept = found(store, engine.withDequantisedMib(1));
            float[] gradient = each.trained().gradient();
            assertThat(kept.trained().logProbs()).isEqualTo(each.trained().logProbs());
            assertThat(kept.trained().gradient()).isEqualTo(gradient).isNotEqualTo(new float[gradient.length]);
            assertThat(kept.arrays()).isEqualTo(each.arrays() + LINEARS * each.layers());
        }
    }

    @Test
    void packed_weights_change_the_last_rounding_alone() {
        Path store = TinyBase.prepare(folder, Precision.INT8);
        for (String engineOf : List.of(
                "int8_forward=true int8_backward=true",
                "int8_forward=true int8_backward=true int8_inner_forward=false",
                "int8_backward=true int8_inner_backward=false",
                "int8_forward=true")) {
            EngineConfig engine = ConfigReader.fromOverrides(
                    List.of((engineOf + " outliers=largest").split(" ")), EngineConfig.class);
            Found each = found(store, engine.withDequantisedMib(0));
            Found kept = found(store, engine.withDequantisedMib(1));
            assertThat(kept.trained().logProbs()).containsExactly(each.trained().logProbs(), within(LOG_PROBABILITY));
            assertThat(kept.trained().gradient()).containsExactly(each.trained().gradient(), within(GRADIENT));
            assertThat(kept.arrays() - each.arrays()).isIn(0, LINEARS * each.layers());
        }
    }

    @Test
    void int8_products_and_other_precisions_keep_none() {
        keepsNone(TinyBase.prepare(folder, Precision.INT8), EngineConfig.int8Parity(6));
        keepsNone(TinyBase.prepare(folder, Precision.FP32), EngineConfig.defaults());
    }

    private static void keepsNone(Path store, EngineConfig engine) {
        int arrays = found(store, engine.withDequantisedMib(1)).arrays();
        assertThat(arrays).isEqualTo(found(store, engine.withDequantisedMib(0)).arrays());
    }

    private static Found found(Path store, EngineConfig engine) {
        try (SharedBase base = SharedBase.open(store, engine)) {
            AtomicInteger arrays = new AtomicInteger();
            TinyTraining trained = TinyTraining.of(base, TinyTraining.batch(LENGTH), role -> {
                Pass pass = role.train(TinyTraining.batch(LENGTH), Dropout.NONE);
                arrays.set(base.arrays());
                return pass;
            });
            return new Found(trained, arrays.get(), base.config().shape().layers());
        }
    }
}
