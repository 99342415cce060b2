package dev.trefoil.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.Slot;
import dev.trefoil.adapter.TargetModules;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptimisationTest {

    private static final long STEPS = 12;

    @TempDir
    private Path folder;

    private static Trainable weights() {
        return Trainable.of("w", FloatBuffer.wrap(new float[] {1, -2, 3}), FloatBuffer.allocate(3));
    }

    /** Gradient of half the squared length, so values shrink to 0. */
    private static Optimisation.Step step(Optimisation optimisation, Trainable trained) {
        for (int i = 0; i < trained.parameters().size(); i++) {
            trained.parameters()
                    .gradients()
                    .put(i, trained.parameters().values().get(i));
        }
        return optimisation.step(1);
    }

    private static float[] values(Trainable trained) {
        float[] copy = new float[trained.parameters().size()];
        trained.parameters().values().get(0, copy);
        return copy;
    }

    @Test
    void a_step_clips_moves_and_clears() {
        Trainable trained = weights();
        Optimisation optimisation = Optimisation.of(OptimConfig.of(0.1, OptimConfig.Course.LINEAR), STEPS, trained);
        Optimisation.Step step = step(optimisation, trained);
        assertThat(step.gradNorm()).isEqualTo(Math.sqrt(14));
        assertThat(step.learningRate()).isEqualTo(0.1);
        assertThat(step.applied()).isTrue();
        assertThat(values(trained)[0]).isLessThan(1);
        assertThat(trained.parameters().gradients().get(0)).isZero();
        assertThat(optimisation.learningRate()).isLessThan(0.1);
    }

    @Test
    void a_step_that_is_not_finite_changes_no_weight() {
        Trainable trained = weights();
        Optimisation optimisation = Optimisation.of(OptimConfig.defaults(), STEPS, trained);
        trained.parameters().gradients().put(1, Float.NaN);
        assertThat(optimisation.step(1).applied()).isFalse();
        assertThat(values(trained)).containsExactly(1, -2, 3);
        assertThat(trained.parameters().gradients().get(1)).isZero();
        assertThat(optimisation.step(Double.POSITIVE_INFINITY).applied()).isFalse();
        assertThat(optimisation.skipped()).isEqualTo(2);
    }

    @Test
    void too_many_broken_steps_end_the_run_and_name_the_place() {
        List<LinearSite> sites = List.of(
                new LinearSite(0, Slot.OUT, "layers.0.o_proj", 0, 4, 4),
                new LinearSite(1, Slot.OUT, "layers.1.o_proj", 0, 4, 4));
        LoraAdapter adapter = LoraAdapter.create("sft", LoraConfig.of(2, 4, 0, TargetModules.allLinear()), sites, 1);
        Optimisation optimisation = Optimisation.of(OptimConfig.defaults(), STEPS, Trainable.of(adapter));
        for (int i = 0; i < Optimisation.MOST_SKIPPED_IN_A_ROW; i++) {
            optimisation.step(Double.NaN);
        }
        adapter.gradients().put(adapter.modules().get(1).offsetB(), Float.POSITIVE_INFINITY);
        assertThatThrownBy(() -> optimisation.step(Double.NaN))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("step 6")
                .hasMessageContaining("layers.1.o_proj (lora_B)");
    }

    @Test
    void a_run_that_goes_on_at_a_checkpoint_ends_with_the_same_bytes() {
        for (OptimConfig.Kind kind : OptimConfig.Kind.values()) {
            OptimConfig config = new OptimConfig(
                    kind,
                    0.1,
                    List.of(0.9, 0.99),
                    1e-8,
                    OptimConfig.defaults().epsMode(),
                    0.01,
                    OptimConfig.Course.COSINE,
                    2,
                    1);
            Trainable straight = weights();
            Optimisation whole = Optimisation.of(config, STEPS, straight);
            Checkpoints checkpoints =
                    Checkpoints.in(folder.resolve(kind.name()), 2, "run", List.of(straight.parameters()));
            for (int i = 1; i <= STEPS; i++) {
                step(whole, straight);
                if (i <= 6) {
                    checkpoints.save(LoopState.of(i, -1, Map.of("tokens", i * 0.1)), whole);
                }
            }
            Trainable resumed = weights();
            Optimisation rest = Optimisation.of(config, STEPS, resumed);
            LoopState state = Checkpoints.in(folder.resolve(kind.name()), 2, "run", List.of(resumed.parameters()))
                    .restore(rest)
                    .orElseThrow();
            assertThat(state.step()).isEqualTo(6);
            assertThat(state.number("tokens")).isEqualTo(6 * 0.1);
            for (int i = 7; i <= STEPS; i++) {
                step(rest, resumed);
            }
            assertThat(values(resumed)).containsExactly(values(straight));
        }
    }

    @Test
    void old_checkpoints_go_and_the_best_stays() throws IOException {
        Trainable trained = weights();
        Optimisation optimisation = Optimisation.of(OptimConfig.defaults(), STEPS, trained);
        Checkpoints checkpoints = Checkpoints.in(folder, 2, "run", optimisation.parameters());
        checkpoints.saveBest(2);
        trained.parameters().values().put(0, 9);
        for (int i = 3; i <= 6; i++) {
            checkpoints.save(LoopState.of(i, 2, Map.of()), optimisation);
        }
        try (Stream<Path> names = Files.list(folder)) {
            assertThat(names.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("best-2", "step-5", "step-6");
        }
        checkpoints.restoreBest(2);
        assertThat(values(trained)).containsExactly(1, -2, 3);
    }

    @Test
    void a_checkpoint_of_another_run_is_refused() {
        Trainable trained = weights();
        Optimisation optimisation = Optimisation.of(OptimConfig.defaults(), STEPS, trained);
        Checkpoints.in(folder, 1, "one", optimisation.parameters()).save(LoopState.of(1, -1, Map.of()), optimisation);
        assertThatThrownBy(() -> Checkpoints.in(folder, 1, "two", optimisation.parameters())
                        .restore(optimisation))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("another configuration");
    }
}
