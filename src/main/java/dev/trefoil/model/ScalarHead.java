package dev.trefoil.model;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.rl.CounterRandom;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A linear map from the last hidden state to one number, in float32: the score of a reward model (no bias, inside its adapter), or the
 * value head of PPO (weight and bias in a buffer of its own).
 */
public final class ScalarHead {

    private final String name;
    private final int hidden;
    private final FloatBuffer values;
    private final FloatBuffer gradients;
    private final boolean biased;

    private ScalarHead(String name, int hidden, FloatBuffer values, FloatBuffer gradients, boolean biased) {
        this.name = name;
        this.hidden = hidden;
        this.values = values;
        this.gradients = gradients;
        this.biased = biased;
    }

    /** The head that an adapter carries as a saved module, such as {@code score}. */
    public static ScalarHead over(LoraAdapter adapter, String module) {
        FloatBuffer values = adapter.savedValues(module);
        return new ScalarHead(
                module,
                values.remaining(),
                values,
                adapter.hasGradients() ? adapter.savedGradients(module) : null,
                false);
    }

    /** A head that is not trained, with this weight [hidden] and without bias. */
    public static ScalarHead frozen(String name, float[] weight) {
        FloatBuffer values = floats(weight.length);
        values.put(0, weight);
        return new ScalarHead(name, weight.length, values, null, false);
    }

    /** A value head that starts at zero: weight [hidden], then bias [1]. */
    public static ScalarHead value(int hidden) {
        return new ScalarHead("v_head", hidden, floats(hidden + 1), floats(hidden + 1), true);
    }

    /** A value head that starts as PyTorch's Linear does: uniform within 1/sqrt(hidden). */
    public static ScalarHead valueRandom(int hidden, long seed) {
        ScalarHead head = value(hidden);
        CounterRandom random = CounterRandom.of(seed, "ppo", 0, 0, "value head");
        double bound = 1 / Math.sqrt(hidden);
        for (int i = 0; i <= hidden; i++) {
            head.values.put(i, (float) ((2 * random.uniform() - 1) * bound));
        }
        return head;
    }

    private static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }

    public String name() {
        return name;
    }

    public int hidden() {
        return hidden;
    }

    /** Weight [hidden], then bias [1] if there is one. */
    public FloatBuffer values() {
        return values;
    }

    /** Of the same layout; null for a frozen head. */
    public FloatBuffer gradients() {
        return gradients;
    }

    /** @return one number a position, [at] */
    public float[] scores(Pass pass, int[] at) {
        Kernels kernels = pass.role().base().kernels();
        try (KernelScope inner = pass.inner()) {
            return kernels.scalarHead(inner, pass.rows(inner, at), weight(inner), bias(inner));
        }
    }

    /** Adds the gradients of the head and, through the hidden state, of the pass. */
    public void backward(Pass pass, int[] at, float[] gradient) {
        backward(pass, at, gradient, true);
    }

    /**
     * @param gradient of the loss with respect to each number, [at]
     * @param throughTrunk whether the pass gets its share too
     */
    public void backward(Pass pass, int[] at, float[] gradient, boolean throughTrunk) {
        Kernels kernels = pass.role().base().kernels();
        try (KernelScope inner = pass.inner()) {
            List<KernelArray> found = kernels.scalarHeadVjp(
                    inner, pass.rows(inner, at), inner.floats(gradient, gradient.length), weight(inner));
            if (throughTrunk) {
                pass.addGradient(inner, found.get(0), at);
            }
            float[] w = kernels.floats(inner, found.get(1));
            LanguageHead.addTo(gradients, w);
            if (biased) {
                int last = gradients.position() + hidden;
                gradients.put(last, gradients.get(last) + kernels.floats(inner, found.get(2))[0]);
            }
        }
    }

    private KernelArray weight(KernelScope scope) {
        float[] copy = new float[hidden];
        values.get(values.position(), copy);
        return scope.floats(copy, 1, hidden);
    }

    private KernelArray bias(KernelScope scope) {
        float bias = biased ? values.get(values.position() + hidden) : 0;
        return scope.floats(new float[] {bias}, 1);
    }
}
