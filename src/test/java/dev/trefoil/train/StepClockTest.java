package dev.trefoil.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepClockTest {

    @Test
    void a_checkpoint_is_due_by_steps_and_by_minutes() {
        long[] now = {0};
        SaveClock clock = SaveClock.of(5, 2.0, () -> now[0]);
        assertThat(clock.due(4)).isFalse();
        assertThat(clock.due(5)).isTrue();
        now[0] = 121_000_000_000L;
        assertThat(clock.due(6)).isTrue();
        assertThat(clock.due(7)).isFalse();
        assertThat(SaveClock.of(0, null, () -> 1).due(10)).isFalse();
    }

    @Test
    void an_epoch_sees_each_item_once_and_its_last_step_may_be_small() {
        StepClock clock = StepClock.of(TrainConfig.defaults().withBatch(3, 2).withEpochs(2), 10, 7);
        assertThat(clock.stepsPerEpoch()).isEqualTo(2);
        assertThat(clock.totalSteps()).isEqualTo(4);
        List<Integer> seen = new ArrayList<>();
        for (long step = 0; step < 2; step++) {
            clock.batches(step).forEach(batch -> Arrays.stream(batch).forEach(seen::add));
        }
        assertThat(seen).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(clock.batches(1)).hasSize(2);
        assertThat(clock.batches(1).get(1)).hasSize(1);
        assertThat(clock.epoch(3)).isEqualTo(1.5);
    }

    @Test
    void a_step_has_the_same_batches_whatever_was_asked_before() {
        TrainConfig config = TrainConfig.defaults().withBatch(2, 1).withMaxSteps(30L);
        StepClock straight = StepClock.of(config, 9, 3);
        for (long step = 0; step < 17; step++) {
            straight.batches(step);
        }
        assertThat(straight.batches(17).get(0))
                .containsExactly(StepClock.of(config, 9, 3).batches(17).get(0));
        assertThat(straight.totalSteps()).isEqualTo(30);
    }

    @Test
    void the_last_step_is_logged_and_evaluated_but_not_saved() {
        StepClock clock = StepClock.of(TrainConfig.defaults().withMaxSteps(10L).withRhythm(4, 5, 5), 8, 1);
        assertThat(clock.logs(4)).isTrue();
        assertThat(clock.logs(5)).isFalse();
        assertThat(clock.logs(10)).isTrue();
        assertThat(clock.evaluates(5)).isTrue();
        assertThat(clock.evaluates(10)).isTrue();
    }

    /** The sections as a stage file has them. */
    record Sections(OptimConfig optim, LoraSettings lora, TrainConfig train) {
        static Sections defaults() {
            return new Sections(OptimConfig.defaults(), LoraSettings.defaults(), TrainConfig.defaults());
        }
    }

    @Test
    void sections_are_read_from_yaml(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("stage.yaml"), """
                optim: {optimizer: adamw-8bit, learning_rate: 1e-3, schedule: constant-with-warmup, warmup_steps: 5}
                lora: {r: 8, target_modules: [q_proj, v_proj], rank_pattern: {q_proj: 4}}
                train: {batch_size: 2, max_steps: 7, eval_steps: 3}
                """);
        Sections read = ConfigReader.read(file, Sections.class);
        assertThat(read.optim().optimizer()).isEqualTo(OptimConfig.Kind.ADAMW_8BIT);
        assertThat(read.optim().schedule(7).rate(5)).isEqualTo(1e-3);
        assertThat(read.lora().forFamily("llama").targetModules().names()).containsExactly("q_proj", "v_proj");
        assertThat(read.lora().forFamily("llama").rank("model.layers.0.self_attn.q_proj"))
                .isEqualTo(4);
        assertThat(read.train().maxSteps()).isEqualTo(7);
        assertThat(read.train().evaluationBatch()).isEqualTo(2);
    }

    @Test
    void faults_of_sections_name_the_key(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("stage.yaml"), """
                optim: {warmup_steps: 5, schedule: constant}
                lora: {target_modules: "q_proj("}
                train: {batch_size: 0}
                """);
        assertThatThrownBy(() -> ConfigReader.read(file, Sections.class))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("optim.warmup_steps")
                .hasMessageContaining("lora.target_modules")
                .hasMessageContaining("train.batch_size");
    }
}
