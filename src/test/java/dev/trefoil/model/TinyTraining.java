package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.TargetModules;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * One training pass of a random adapter on all linears, for tests that compare ways of computing it.
 *
 * @param logProbs of the batch's labels
 * @param hidden states after the final norm
 * @param gradient of the adapter, for the mean loss
 */
record TinyTraining(float[] logProbs, float[] hidden, float[] gradient) {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private static final float CLOSE = 2e-5f;

    /** One text whose tokens are their positions; all but the first count. */
    static Batch batch(int length) {
        int[] positions = IntStream.range(0, length).toArray();
        boolean[] counts = new boolean[length];
        Arrays.fill(counts, 1, length, true);
        return new Batch(1, length, positions, positions, new int[length], counts);
    }

    /** @param forward the pass of a role over the batch, to be closed here */
    static TinyTraining of(SharedBase base, Batch batch, Function<Role, Pass> forward) {
        LoraAdapter adapter = adapter(base);
        Labels labels = Labels.of(batch);
        float[] gradient = new float[labels.count()];
        Arrays.fill(gradient, -1f / labels.count());
        try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), true));
                Pass pass = forward.apply(role)) {
            float[] logProbs = role.head().backward(pass, labels.at(), labels.targets(), gradient, 1);
            pass.backward();
            float[] copy = new float[adapter.gradients().limit()];
            adapter.gradients().get(0, copy);
            return new TinyTraining(logProbs, pass.hiddenState(), copy);
        }
    }

    /** A random adapter on all linears. */
    static LoraAdapter adapter(SharedBase base) {
        LoraConfig lora = LoraConfig.of(2, 4, 0, TargetModules.allLinear());
        LoraAdapter adapter = LoraAdapter.create("tiny", lora, base.sites(), 1).withGradients();
        Random random = new Random(1);
        for (int i = 0; i < adapter.values().limit(); i++) {
            adapter.values().put(i, (float) random.nextGaussian() * 0.2f);
        }
        return adapter;
    }

    /** A base store below the folder, of the small model that a golden case of this architecture carries. */
    static Path prepare(Path folder, String architecture, Precision precision) {
        Path store = folder.resolve(architecture);
        Prepare.run(
                GOLDEN.resolve(architecture).resolve("model"),
                store,
                PrepareOptions.of(precision),
                PrepareProgress.silent());
        return store;
    }

    /** Holds all numbers to those of another way, within the order of sums in float32. */
    void isCloseTo(TinyTraining wanted, String what) {
        assertClose(hidden, wanted.hidden, what + ": hidden state");
        assertClose(logProbs, wanted.logProbs, what + ": log-probability");
        assertClose(gradient, wanted.gradient, what + ": gradient");
    }

    static void assertClose(float[] found, float[] wanted, String what) {
        assertThat(found).hasSameSizeAs(wanted);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i])
                    .as(what + " " + i)
                    .isCloseTo(wanted[i], within(CLOSE * Math.max(1, Math.abs(wanted[i]))));
        }
    }
}
