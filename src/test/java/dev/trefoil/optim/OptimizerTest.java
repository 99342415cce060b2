package dev.trefoil.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** State, resuming and edge cases; the numbers themselves are held by the golden cases. */
class OptimizerTest {

    private static final AdamSettings SETTINGS = AdamSettings.defaults().withWeightDecay(0.01);

    private static Parameters parameter(String name, int size, long seed) {
        Random random = new Random(seed);
        Parameters parameter = new Parameters(name, direct(size), direct(size));
        for (int i = 0; i < size; i++) {
            parameter.values().put(i, (float) random.nextGaussian());
        }
        return parameter;
    }

    private static FloatBuffer direct(int size) {
        return ByteBuffer.allocateDirect(size * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    private static void fillGradients(List<Parameters> parameters, long step) {
        for (Parameters parameter : parameters) {
            Random random = new Random(step * 31 + parameter.name().hashCode());
            for (int i = 0; i < parameter.size(); i++) {
                parameter.gradients().put(i, (float) random.nextGaussian());
            }
        }
    }

    private static List<Parameters> parameters() {
        return List.of(parameter("small", 37, 1), parameter("large", 5001, 2));
    }

    private static float[] values(List<Parameters> parameters) {
        float[] all = new float[parameters.stream().mapToInt(Parameters::size).sum()];
        int at = 0;
        for (Parameters parameter : parameters) {
            parameter.values().get(0, all, at, parameter.size());
            at += parameter.size();
        }
        return all;
    }

    @Test
    void weights_that_do_not_decay_stay_where_nothing_pulls() {
        for (Optimizer optimizer : List.of(new AdamW(SETTINGS), new AdamW8bit(SETTINGS))) {
            for (Parameters decaying : parameters()) {
                Parameters kept =
                        new Parameters("kept " + decaying.name(), decaying.values(), decaying.gradients(), false);
                float before = decaying.values().get(3);
                optimizer.step(List.of(kept), 0.1);
                assertThat(decaying.values().get(3)).isEqualTo(before);
                optimizer.step(List.of(decaying), 0.1);
                assertThat(decaying.values().get(3)).isCloseTo(before * 0.999f, within(1e-6f));
            }
        }
    }

    @Test
    void a_resumed_run_gives_the_same_bytes() {
        resumes(() -> new AdamW(SETTINGS));
        resumes(() -> new AdamW8bit(SETTINGS));
    }

    private static void resumes(Supplier<Optimizer> make) {
        List<Parameters> whole = parameters();
        List<Parameters> resumed = parameters();
        Optimizer first = make.get();
        Optimizer before = make.get();
        for (int step = 0; step < 6; step++) {
            fillGradients(whole, step);
            first.step(whole, 1e-2);
        }
        for (int step = 0; step < 3; step++) {
            fillGradients(resumed, step);
            before.step(resumed, 1e-2);
        }
        Optimizer after = make.get();
        after.restore(before.state());
        assertThat(after.steps()).isEqualTo(3);
        for (int step = 3; step < 6; step++) {
            fillGradients(resumed, step);
            after.step(resumed, 1e-2);
        }
        assertThat(values(resumed)).isEqualTo(values(whole));
        long bytes = after.state().tensors().stream()
                .mapToLong(tensor -> tensor.data().limit())
                .sum();
        assertThat(bytes).isEqualTo(after.stateBytes(37) + after.stateBytes(5001));
    }

    @Test
    void eight_bits_follow_full_precision() {
        List<Parameters> full = parameters();
        List<Parameters> coded = parameters();
        Optimizer adamW = new AdamW(SETTINGS);
        Optimizer adamW8bit = new AdamW8bit(SETTINGS);
        for (int step = 0; step < 20; step++) {
            fillGradients(full, step);
            fillGradients(coded, step);
            adamW.step(full, 1e-3);
            adamW8bit.step(coded, 1e-3);
        }
        float[] a = values(full);
        float[] b = values(coded);
        double off = 0;
        for (int i = 0; i < a.length; i++) {
            off += Math.abs(a[i] - b[i]);
        }
        assertThat(off / a.length).isLessThan(1e-3);
    }

    @Test
    void the_nearest_level_is_found_everywhere_and_ties_go_down() {
        for (DynamicCode code : List.of(DynamicCode.signed(), DynamicCode.unsigned())) {
            float[] levels = code.levels();
            Random random = new Random(3);
            for (int i = 0; i < 20_000; i++) {
                float x = (float) (Math.pow(10, -8 * random.nextDouble()) * (random.nextBoolean() ? 1 : -1));
                x = i < 256 ? levels[i] : i < 511 ? (levels[i - 256] + levels[i - 255]) / 2 : x;
                int best = 0;
                for (int k = 1; k < levels.length; k++) {
                    best = Math.abs(levels[k] - x) < Math.abs(levels[best] - x) ? k : best;
                }
                assertThat(code.nearest(x)).as("%s", x).isEqualTo(best);
            }
            assertThat(levels[code.zero()]).isZero();
            assertThat(code.nearest(-0f)).isEqualTo(code.zero());
            assertThat(code.nearest(2f)).isEqualTo(255);
        }
    }

    @Test
    void gradients_of_zero_leave_values_and_states_at_rest() {
        List<Parameters> parameters = parameters();
        float[] before = values(parameters);
        parameters.forEach(Parameters::clearGradients);
        new AdamW8bit(AdamSettings.defaults()).step(parameters, 1e-2);
        new AdamW(AdamSettings.defaults()).step(parameters, 1e-2);
        assertThat(values(parameters)).isEqualTo(before);
    }

    @Test
    void tensorflow_puts_its_epsilon_outside_the_correction() {
        double epsilon = 1e-3;
        double gradient = 0.01;
        for (AdamSettings.EpsilonMode mode : AdamSettings.EpsilonMode.values()) {
            Parameters parameter = new Parameters("x", direct(1), direct(1));
            parameter.gradients().put(0, (float) gradient);
            new AdamW(new AdamSettings(0.9, 0.999, epsilon, 0, mode)).step(List.of(parameter), 0.1);
            double root = Math.sqrt(0.001);
            double want = mode == AdamSettings.EpsilonMode.TORCH
                    ? 0.1 * gradient / (gradient + epsilon)
                    : 0.1 * root / 0.1 * 0.1 * gradient / (gradient * root + epsilon);
            assertThat(parameter.values().get(0)).isCloseTo((float) -want, within(1e-6f));
        }
    }

    @Test
    void a_changed_size_and_a_lacking_state_are_told() {
        AdamW optimizer = new AdamW(SETTINGS);
        optimizer.step(List.of(parameter("x", 4, 1)), 0.1);
        assertThatThrownBy(() -> optimizer.step(List.of(parameter("x", 5, 1)), 0.1))
                .hasMessage("optimiser state of x has 4 numbers, the parameter 5");
        OptimizerState half = new OptimizerState(1, optimizer.state().tensors().subList(0, 1));
        assertThatThrownBy(() -> new AdamW(SETTINGS).restore(half)).hasMessageContaining("no \"exp_avg_sq\"");
    }

    @Test
    void clipping_reports_the_norm_and_leaves_a_broken_gradient_alone() {
        Parameters parameter = new Parameters("x", direct(2), direct(2));
        parameter.gradients().put(0, new float[] {3, 4});
        assertThat(GradientClip.clip(List.of(parameter), 10)).isEqualTo(5);
        assertThat(parameter.gradients().get(1)).isEqualTo(4);
        assertThat(GradientClip.clip(List.of(parameter), 1)).isEqualTo(5);
        assertThat(parameter.gradients().get(1)).isCloseTo(0.8f, within(1e-6f));
        parameter.gradients().put(0, Float.NaN);
        assertThat(GradientClip.clip(List.of(parameter), 1)).isNaN();
        assertThat(parameter.gradients().get(1)).isCloseTo(0.8f, within(1e-6f));
        assertThatThrownBy(() -> GradientClip.clip(List.of(parameter), 0)).hasMessageContaining("above 0");
    }

    @Test
    void an_unknown_schedule_is_told_with_the_known_ones() {
        assertThatThrownBy(() -> Schedule.of("cosin", 1, 0, 1)).hasMessageContaining("linear or cosine");
        assertThatThrownBy(() -> Schedule.of("linear", -1, 0, 1)).hasMessageContaining("learning rate");
        assertThat(Schedule.of("linear", 1, 0, 4).rate(0)).isEqualTo(1);
    }
}
