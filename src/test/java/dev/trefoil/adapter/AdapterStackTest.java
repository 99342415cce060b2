package dev.trefoil.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AdapterStackTest {

    private final List<LinearSite> sites = TinyLlama.sites();
    private final LoraAdapter sft = random(LoraAdapter.create("sft", TinyLlama.config("q_proj", "v_proj"), sites, 1));
    private final LoraAdapter ppo = random(LoraAdapter.create(
            "ppo", LoraConfig.of(2, 6, 0, TargetModules.names("k_proj", "v_proj", "down_proj")), sites, 2));

    private static LoraAdapter random(LoraAdapter adapter) {
        Random random = new Random(adapter.parameterCount());
        FloatBuffer values = adapter.values();
        while (values.hasRemaining()) {
            values.put((float) random.nextGaussian());
        }
        return adapter;
    }

    private static float[] product(float[] b, float[] a, int rows, int rank, int columns) {
        float[] product = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < rank; k++) {
                for (int j = 0; j < columns; j++) {
                    product[i * columns + j] += b[i * rank + k] * a[k * columns + j];
                }
            }
        }
        return product;
    }

    private static float[] assembled(AdapterStack stack, int layer, Slot slot) {
        int rank = stack.rank(layer, slot);
        float[] a = new float[rank * stack.columns(layer, slot)];
        float[] b = new float[stack.rows(layer, slot) * rank];
        stack.fill(layer, slot, FloatBuffer.wrap(a), FloatBuffer.wrap(b));
        return product(b, a, stack.rows(layer, slot), rank, stack.columns(layer, slot));
    }

    private float[] expected(int layer, Slot slot, List<LoraAdapter> adapters, int rows, int columns) {
        float[] sum = new float[rows * columns];
        for (LoraAdapter adapter : adapters) {
            for (LoraModule module : adapter.modules()) {
                LinearSite site = module.site();
                if (site.layer() == layer && site.slot() == slot) {
                    float[] a = new float[module.lengthA()];
                    float[] b = new float[module.lengthB()];
                    adapter.a(module).get(a);
                    adapter.b(module).get(b);
                    float[] change = product(b, a, site.rows(), module.rank(), columns);
                    for (int i = 0; i < change.length; i++) {
                        sum[site.rowOffset() * columns + i] += (float) module.scaling() * change[i];
                    }
                }
            }
        }
        return sum;
    }

    @Test
    void the_factors_give_the_sum_of_all_changes() {
        AdapterStack stack = AdapterStack.of(sites, List.of(sft, ppo), true);
        assertThat(stack.rank(0, Slot.QKV)).isEqualTo(4 + 4 + 2 + 2);
        assertThat(stack.trainedFrom(0, Slot.QKV)).isEqualTo(8);
        assertThat(stack.rank(0, Slot.OUT)).isZero();
        assertThat(stack.rows(1, Slot.QKV)).isEqualTo(80);
        assertThat(stack.rows(1, Slot.UP)).isEqualTo(192);
        assertThat(stack.columns(1, Slot.DOWN)).isEqualTo(96);
        for (Slot slot : List.of(Slot.QKV, Slot.DOWN)) {
            float[] want = expected(1, slot, List.of(sft, ppo), stack.rows(1, slot), stack.columns(1, slot));
            assertThat(assembled(stack, 1, slot)).containsExactly(want, within(1e-4f));
        }
    }

    @Test
    void b_is_zero_but_for_the_parts() {
        AdapterStack stack = AdapterStack.of(sites, List.of(sft, ppo), true);
        int rank = stack.rank(0, Slot.QKV);
        float[] b = new float[80 * rank];
        stack.fill(0, Slot.QKV, FloatBuffer.allocate(rank * 48), FloatBuffer.wrap(b));
        long[] parts = stack.parts(0, Slot.QKV);
        assertThat(parts).hasSize(4 * 4);
        for (int i = 0; i < parts.length; i += 4) {
            for (int row = (int) parts[i]; row < parts[i + 1]; row++) {
                for (int column = (int) parts[i + 2]; column < parts[i + 3]; column++) {
                    assertThat(b[row * rank + column]).isNotZero();
                    b[row * rank + column] = 0;
                }
            }
        }
        assertThat(b).containsOnly(0);
        assertThat(stack.parts(0, Slot.OUT)).isEmpty();
    }

    @Test
    void an_adapter_switched_off_keeps_its_shape_and_adds_nothing() {
        AdapterStack policy = AdapterStack.of(sites, List.of(sft, ppo), true);
        AdapterStack reference = policy.with("ppo", false);
        assertThat(policy.trains()).isTrue();
        assertThat(reference.trains()).isFalse();
        assertThat(reference.isOn("ppo")).isFalse();
        assertThat(reference.rank(0, Slot.QKV)).isEqualTo(policy.rank(0, Slot.QKV));
        assertThat(assembled(reference, 0, Slot.QKV))
                .containsExactly(expected(0, Slot.QKV, List.of(sft), 80, 48), within(1e-4f));
        assertThat(assembled(reference.with("ppo", true), 0, Slot.QKV)).isEqualTo(assembled(policy, 0, Slot.QKV));
    }

    @Test
    void a_fresh_adapter_gives_policy_and_reference_the_same_bits() {
        LoraAdapter fresh = LoraAdapter.create("ppo", TinyLlama.config("q_proj"), sites, 3);
        AdapterStack policy = AdapterStack.of(sites, List.of(sft, fresh), true);
        int rank = policy.rank(0, Slot.QKV);
        float[][] factors = new float[4][];
        for (int i = 0; i < 2; i++) {
            factors[2 * i] = new float[rank * 48];
            factors[2 * i + 1] = new float[80 * rank];
            policy.with("ppo", i == 0)
                    .fill(0, Slot.QKV, FloatBuffer.wrap(factors[2 * i]), FloatBuffer.wrap(factors[2 * i + 1]));
        }
        assertThat(factors[2]).isEqualTo(factors[0]);
        assertThat(factors[3]).isEqualTo(factors[1]);
    }

    /** With loss = sum(weights * change), the gradients are known in closed form; checked by finite differences. */
    @Test
    void gradients_of_the_factors_become_those_of_the_parameters() {
        AdapterStack stack = AdapterStack.of(sites, List.of(sft, ppo), true);
        int rank = stack.rank(0, Slot.QKV);
        int from = stack.trainedFrom(0, Slot.QKV);
        float[] weights = new float[80 * 48];
        Random random = new Random(5);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        float[] a = new float[rank * 48];
        float[] b = new float[80 * rank];
        stack.fill(0, Slot.QKV, FloatBuffer.wrap(a), FloatBuffer.wrap(b));
        int trainedRank = rank - from;
        float[] gradientA = new float[trainedRank * 48];
        float[] gradientB = new float[80 * trainedRank];
        for (int i = 0; i < 80; i++) {
            for (int k = from; k < rank; k++) {
                for (int j = 0; j < 48; j++) {
                    gradientA[(k - from) * 48 + j] += b[i * rank + k] * weights[i * 48 + j];
                    gradientB[i * trainedRank + k - from] += a[k * 48 + j] * weights[i * 48 + j];
                }
            }
        }
        stack.addGradient(0, Slot.QKV, FloatBuffer.wrap(gradientA), FloatBuffer.wrap(gradientB));
        stack.addGradient(0, Slot.QKV, FloatBuffer.wrap(gradientA), FloatBuffer.wrap(gradientB));
        for (LoraModule module : ppo.modules().subList(0, 2)) {
            for (int index :
                    new int[] {module.offsetA(), module.offsetA() + 50, module.offsetB() + 1, module.offsetB() + 30}) {
                double want = 2 * difference(stack, weights, index);
                assertThat((double) ppo.gradients().get(index)).isCloseTo(want, within(0.02 + 0.01 * Math.abs(want)));
            }
        }
        ppo.zeroGradients();
        assertThat(ppo.gradients().get(ppo.modules().get(0).offsetA())).isZero();
    }

    private double difference(AdapterStack stack, float[] weights, int index) {
        float kept = ppo.values().get(index);
        ppo.values().put(index, kept + 0.25f);
        double above = loss(stack, weights);
        ppo.values().put(index, kept - 0.25f);
        double below = loss(stack, weights);
        ppo.values().put(index, kept);
        return (above - below) / 0.5;
    }

    private static double loss(AdapterStack stack, float[] weights) {
        float[] change = assembled(stack, 0, Slot.QKV);
        double loss = 0;
        for (int i = 0; i < change.length; i++) {
            loss += (double) weights[i] * change[i];
        }
        return loss;
    }

    @Test
    void wrong_use_is_refused() {
        assertThatThrownBy(() -> AdapterStack.of(sites, List.of(sft.frozen()), true))
                .hasMessageContaining("gradients");
        assertThatThrownBy(() -> AdapterStack.of(sites, List.of(sft, sft), false))
                .hasMessageContaining("one name");
        AdapterStack stack = AdapterStack.of(sites, List.of(sft), false);
        assertThatThrownBy(() -> stack.fill(0, Slot.QKV, FloatBuffer.allocate(3), FloatBuffer.allocate(3)))
                .hasMessageContaining("[8, 48]");
        assertThatThrownBy(() -> stack.with("ppo", false)).hasMessageContaining("no adapter ppo");
        assertThat(AdapterStack.empty(sites).rank(1, Slot.DOWN)).isZero();
    }
}
