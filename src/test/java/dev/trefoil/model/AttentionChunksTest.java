package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.TinyBase;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.TargetModules;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attention in chunks of queries is the same attention, forward and back, whatever is saved between the two. */
class AttentionChunksTest {

    private static final int ROWS = 2;
    private static final int COLUMNS = 23;
    private static final double CLOSE = 2e-5;

    @TempDir
    Path folder;

    /** Log-probabilities and the adapter's gradient of one training pass. */
    private record Found(float[] logProbs, float[] gradient) {}

    @Test
    void chunks_change_neither_log_probabilities_nor_gradients() {
        Path base = TinyBase.prepare(folder);
        Found whole = found(base, EngineConfig.parity());
        for (SavePolicy policy : SavePolicy.values()) {
            for (int queries : new int[] {4, 7, 16}) {
                Found chunked = found(base, EngineConfig.parity().with(policy).withQueryChunk(queries));
                assertClose(
                        chunked.logProbs(), whole.logProbs(), policy + ", " + queries + " queries: log-probability");
                assertClose(chunked.gradient(), whole.gradient(), policy + ", " + queries + " queries: gradient");
            }
        }
    }

    private static void assertClose(float[] found, float[] wanted, String what) {
        assertThat(found).hasSameSizeAs(wanted);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).as(what + " " + i).isCloseTo(wanted[i], within((float)
                    (CLOSE * Math.max(1, Math.abs(wanted[i])))));
        }
    }

    private static Found found(Path folder, EngineConfig engine) {
        try (SharedBase base = SharedBase.open(folder, engine)) {
            LoraConfig lora = LoraConfig.of(2, 4, 0, TargetModules.allLinear());
            LoraAdapter adapter =
                    LoraAdapter.create("chunks", lora, base.sites(), 1).withGradients();
            Random random = new Random(1);
            for (int i = 0; i < adapter.values().limit(); i++) {
                adapter.values().put(i, (float) random.nextGaussian() * 0.2f);
            }
            try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), true))) {
                Batch batch = packed(base.config().shape().vocabSize());
                Labels labels = Labels.of(batch);
                float[] gradient = new float[labels.count()];
                Arrays.fill(gradient, -1f / labels.count());
                try (Pass pass = role.train(batch, Dropout.NONE)) {
                    float[] logProbs = role.head().backward(pass, labels.at(), labels.targets(), gradient, 1);
                    pass.backward();
                    float[] copy = new float[adapter.gradients().limit()];
                    adapter.gradients().get(0, copy);
                    return new Found(logProbs, copy);
                }
            }
        }
    }

    /** Two documents in the first row, one and padding in the second. */
    private static Batch packed(int vocabulary) {
        int size = ROWS * COLUMNS;
        int[] ids = new int[size];
        int[] positions = new int[size];
        int[] documents = new int[size];
        boolean[] counts = new boolean[size];
        Random random = new Random(2);
        for (int i = 0; i < size; i++) {
            int column = i % COLUMNS;
            boolean first = i < COLUMNS;
            documents[i] = first ? (column < 9 ? 0 : 1) : column < 18 ? 0 : -1;
            positions[i] = first && column >= 9 ? column - 9 : column;
            counts[i] = documents[i] >= 0 && positions[i] > 0;
            ids[i] = documents[i] < 0 ? 0 : random.nextInt(vocabulary);
        }
        return new Batch(ROWS, COLUMNS, ids, positions, documents, counts);
    }
}
