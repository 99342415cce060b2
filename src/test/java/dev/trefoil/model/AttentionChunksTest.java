package dev.trefoil.model;

import dev.trefoil.TinyBase;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attention in chunks of queries is the same attention, forward and back, whatever is saved between the two. */
class AttentionChunksTest {

    private static final int ROWS = 2;
    private static final int COLUMNS = 23;

    @TempDir
    Path folder;

    @Test
    void chunks_change_neither_log_probabilities_nor_gradients() {
        Path base = TinyBase.prepare(folder);
        TinyTraining whole = trained(base, EngineConfig.parity());
        for (SavePolicy policy : SavePolicy.values()) {
            for (int queries : new int[] {4, 7, 16}) {
                EngineConfig chunked = EngineConfig.parity().with(policy).withQueryChunk(queries);
                trained(base, chunked).isCloseTo(whole, policy + ", " + queries + " queries");
                trained(base, chunked.with(policy, 1))
                        .isCloseTo(whole, policy + " but of one layer, " + queries + " queries");
            }
        }
    }

    private static TinyTraining trained(Path folder, EngineConfig engine) {
        try (SharedBase base = SharedBase.open(folder, engine)) {
            Batch batch = packed(base.config().shape().vocabSize());
            return TinyTraining.of(base, batch, role -> role.train(batch, Dropout.NONE));
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
