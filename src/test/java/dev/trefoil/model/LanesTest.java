package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.TinyBase;
import dev.trefoil.kernel.Lanes;
import dev.trefoil.rl.CounterRandom;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch in parts side by side is the same batch. */
class LanesTest {

    private static final int ROWS = 5;
    private static final int COLUMNS = 31;

    @TempDir
    Path folder;

    @Test
    void parts_change_neither_hidden_states_nor_gradients() {
        Path store = TinyBase.prepare(folder);
        try (SharedBase base = SharedBase.open(store, EngineConfig.parity());
                Lanes one = Lanes.of(1, 1);
                Lanes several = Lanes.of(5, 1)) {
            assertThat(several.count(ROWS, COLUMNS)).isEqualTo(5);
            trained(base, several, Dropout.NONE).isCloseTo(trained(base, one, Dropout.NONE), "5 parts");
        }
    }

    @Test
    void parts_with_dropout_are_the_same_at_every_run() {
        Path store = TinyBase.prepare(folder);
        try (SharedBase base = SharedBase.open(store, EngineConfig.defaults());
                Lanes several = Lanes.of(5, 1)) {
            TinyTraining first = trained(base, several, dropout());
            TinyTraining second = trained(base, several, dropout());
            assertThat(second.gradient()).isEqualTo(first.gradient());
            assertThat(second.logProbs()).isEqualTo(first.logProbs());
        }
    }

    private static Dropout dropout() {
        return new Dropout(0.3, CounterRandom.of(1, "train", 1, 0, "dropout"));
    }

    @Test
    void rows_are_shared_evenly_or_not_at_all() {
        try (Lanes lanes = Lanes.of(4, 128)) {
            assertThat(lanes.count(4, 512)).isEqualTo(4);
            assertThat(lanes.count(2, 512)).isEqualTo(2);
            assertThat(lanes.count(1, 4096)).isEqualTo(1);
            assertThat(lanes.count(5, 512))
                    .as("two lanes of 3 and 2 rows idle too long")
                    .isEqualTo(1);
            assertThat(lanes.count(4, 64)).as("256 tokens").isEqualTo(2);
            assertThat(lanes.count(4, 16)).as("64 tokens").isEqualTo(1);
        }
    }

    @Test
    void a_failure_reaches_the_caller_when_all_have_ended() {
        boolean[] done = new boolean[3];
        try (Lanes lanes = Lanes.of(3, 1)) {
            assertThatThrownBy(() -> lanes.each(3, part -> {
                        if (part == 1) {
                            throw new IllegalArgumentException("part 1");
                        }
                        done[part] = true;
                        return part;
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("part 1");
            assertThat(done).containsExactly(true, false, true);
            assertThat(lanes.each(3, part -> part)).containsExactly(0, 1, 2);
        }
    }

    private static TinyTraining trained(SharedBase base, Lanes lanes, Dropout dropout) {
        Batch batch = batch(base.config().shape().vocabSize());
        return TinyTraining.of(base, batch, role -> Pass.forward(role, batch, dropout, true, Reads.ALL_TOKENS, lanes));
    }

    /** One document a row, each row shorter than the one before. */
    private static Batch batch(int vocabulary) {
        int size = ROWS * COLUMNS;
        Random random = new Random(2);
        int[] ids =
                IntStream.range(0, size).map(i -> random.nextInt(vocabulary)).toArray();
        int[] positions = IntStream.range(0, size).map(i -> i % COLUMNS).toArray();
        int[] documents = IntStream.range(0, size)
                .map(i -> i % COLUMNS < COLUMNS - 3 * (i / COLUMNS) ? 0 : -1)
                .toArray();
        boolean[] counts = new boolean[size];
        for (int i = 0; i < size; i++) {
            counts[i] = documents[i] >= 0 && positions[i] > 0;
        }
        return new Batch(ROWS, COLUMNS, ids, positions, documents, counts);
    }
}
