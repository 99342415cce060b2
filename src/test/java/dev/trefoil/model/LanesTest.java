package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.TinyBase;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.TargetModules;
import dev.trefoil.kernel.Lanes;
import dev.trefoil.rl.CounterRandom;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch in parts side by side is the same batch. */
class LanesTest {

    private static final int ROWS = 5;
    private static final int COLUMNS = 31;
    private static final float CLOSE = 2e-5f;

    @TempDir
    Path folder;

    private record Found(float[] logProbs, float[] hidden, float[] gradient) {}

    @Test
    void parts_change_neither_hidden_states_nor_gradients() {
        Path store = TinyBase.prepare(folder);
        try (SharedBase base = SharedBase.open(store, EngineConfig.parity());
                Lanes one = Lanes.of(1, 1);
                Lanes several = Lanes.of(5, 1)) {
            Found whole = found(base, one, Dropout.NONE);
            Found parts = found(base, several, Dropout.NONE);
            assertThat(several.count(ROWS, COLUMNS)).isEqualTo(5);
            assertClose(parts.hidden(), whole.hidden(), "hidden");
            assertClose(parts.logProbs(), whole.logProbs(), "log-probability");
            assertClose(parts.gradient(), whole.gradient(), "gradient");
        }
    }

    @Test
    void parts_with_dropout_are_the_same_at_every_run() {
        Path store = TinyBase.prepare(folder);
        try (SharedBase base = SharedBase.open(store, EngineConfig.defaults());
                Lanes several = Lanes.of(5, 1)) {
            Found first = found(base, several, dropout());
            Found second = found(base, several, dropout());
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

    private static void assertClose(float[] found, float[] wanted, String what) {
        assertThat(found).hasSameSizeAs(wanted);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i])
                    .as(what + " " + i)
                    .isCloseTo(wanted[i], within(CLOSE * Math.max(1, Math.abs(wanted[i]))));
        }
    }

    private static Found found(SharedBase base, Lanes lanes, Dropout dropout) {
        LoraConfig lora = LoraConfig.of(2, 4, 0, TargetModules.allLinear());
        LoraAdapter adapter = LoraAdapter.create("parts", lora, base.sites(), 1).withGradients();
        Random random = new Random(1);
        for (int i = 0; i < adapter.values().limit(); i++) {
            adapter.values().put(i, (float) random.nextGaussian() * 0.2f);
        }
        try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), true))) {
            Batch batch = batch(base.config().shape().vocabSize());
            Labels labels = Labels.of(batch);
            float[] gradient = new float[labels.count()];
            Arrays.fill(gradient, -1f / labels.count());
            try (Pass pass = Pass.forward(role, batch, dropout, true, lanes)) {
                float[] logProbs = role.head().backward(pass, labels.at(), labels.targets(), gradient, 1);
                pass.backward();
                float[] copy = new float[adapter.gradients().limit()];
                adapter.gradients().get(0, copy);
                return new Found(logProbs, pass.hiddenState(), copy);
            }
        }
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
