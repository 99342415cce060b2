package dev.trefoil.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.report.JsonlSink;
import dev.trefoil.report.MetricsLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Broken runs are named, healthy ones are not. The healthy ones are recorded; most broken ones are those with one thing changed. */
class DoctorTest {

    private static final Path HEALTHY = Path.of("docs/results/sentiment-smollm2");

    @TempDir
    private Path folder;

    private static List<Map<String, Double>> healthy(String stage) {
        try {
            return MetricsLog.read(HEALTHY.resolve(stage + ".metrics.jsonl")).stream()
                    .map(MetricsLog.Row::metrics)
                    .toList();
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static Doctor watch(List<Map<String, Double>> steps) {
        Doctor doctor = Doctor.alone(Map.of(), line -> {});
        for (int i = 0; i < steps.size(); i++) {
            doctor.observe(i, new LinkedHashMap<>(steps.get(i)), "");
        }
        return doctor;
    }

    private static List<String> names(Doctor doctor) {
        return doctor.findings().stream()
                .map(finding -> finding.advice().name())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "reward", "ppo"})
    void healthy_runs_are_left_alone(String stage) {
        assertThat(names(watch(healthy(stage)))).isEmpty();
    }

    /** The healthy run of a stage with one metric changed, by step and value. */
    private static Arguments broken(
            String rule, String stage, String metric, BiFunction<Integer, Double, Double> change) {
        List<Map<String, Double>> steps = new ArrayList<>();
        for (Map<String, Double> step : healthy(stage)) {
            Map<String, Double> changed = new LinkedHashMap<>(step);
            int number = steps.size();
            changed.computeIfPresent(metric, (name, value) -> change.apply(number, value));
            steps.add(changed);
        }
        return Arguments.of(rule, steps);
    }

    static Stream<Arguments> broken_runs() {
        return Stream.of(
                broken("negative_kl", "ppo", "objective/kl", (step, kl) -> -kl),
                broken("kl_explosion", "ppo", "objective/kl", (step, kl) -> kl * step),
                broken("ratio", "ppo", "ppo/policy/ratio", (step, ratio) -> step > 5 ? 30 : ratio),
                broken("ratio", "ppo", "ppo/policy/ratio_first", (step, ratio) -> 1.01),
                broken("ratio", "ppo", "ppo/policy/guarded", (step, guarded) -> 4.0),
                broken(
                        "clip_fraction",
                        "ppo",
                        "ppo/policy/clipfrac",
                        (step, share) -> Math.min(0.9, share + 0.03 * step)),
                broken("explained_variance", "ppo", "ppo/val/var_explained", (step, share) -> -3.0),
                broken(
                        "entropy_collapse",
                        "ppo",
                        "ppo/policy/entropy",
                        (step, entropy) -> entropy * Math.exp(-0.2 * step)),
                broken("repetition", "ppo", "tokens/distinct_bigrams", (step, share) -> share * Math.exp(-0.1 * step)),
                broken("length_drift", "ppo", "tokens/responses_len_mean", (step, length) -> length + 2.0 * step),
                broken("reward_hacking", "ppo", "eval_judge/reward_mean", (step, judge) -> step == 0 ? 0.3 : 0.1),
                broken("equal_rewards", "ppo", "env/reward_std", (step, spread) -> 0.0),
                broken("not_finite", "ppo", "ppo/loss/total", (step, loss) -> step == 9 ? Double.NaN : loss),
                broken("not_finite", "sft", "loss", (step, loss) -> step == 40 ? Double.NaN : loss),
                broken("loss_not_moving", "sft", "loss", (step, loss) -> 3.85 + (step % 2) * 0.01),
                broken("loss_not_moving", "reward", "loss", (step, loss) -> 0.6931 + (step % 3 - 1) * 0.001),
                broken("loss_not_moving", "sft", "grad_norm", (step, norm) -> step > 10 ? 0 : norm));
    }

    @ParameterizedTest
    @MethodSource("broken_runs")
    void broken_runs_are_named(String rule, List<Map<String, Double>> steps) {
        assertThat(names(watch(steps))).contains(rule).hasSizeLessThanOrEqualTo(2);
    }

    static Stream<Check> broken_starts() {
        return Stream.of(
                new StartKl(1e-7),
                new StartRatio(0.01),
                new Padding(true, 0, 1),
                new Padding(false, 0.2, 0.1),
                new Padding(false, Double.NaN, 0.1),
                new EndTokens(40, 100),
                new TruncatedShare(30, 100, "packing.length"),
                new GradientFlow(List.of("model.layers.1.mlp.down_proj"), 14),
                new RewardGolden("stars", 8, Double.NaN, 1e-3),
                new RewardGolden("stars", 8, 0.4, 1e-3),
                new SamplingPurity(List.of("top_k is 50, wanted 0")),
                new LearningRate(1e-8, 1e-6, 5e-3, 0, 100),
                new LearningRate(0.1, 1e-6, 5e-3, 0, 100),
                new LearningRate(1e-4, 1e-6, 5e-3, 100, 100),
                new BatchSize("ppo.batch_size", 4, 8),
                new MemoryFit(3L << 30, 2L << 30),
                new TokenizerFit(50_257, 50_257, true, List.of(), null),
                new TokenizerFit(50_256, 50_257, false, List.of(), null),
                new TokenizerFit(50_256, 50_257, true, List.of("<|im_start|>"), null),
                new TokenizerFit(50_256, 50_257, true, List.of(), "text comes back as "));
    }

    @ParameterizedTest
    @MethodSource("broken_starts")
    void broken_starts_are_named(Check check) {
        List<String> said = new ArrayList<>();
        Doctor doctor = Doctor.alone(Map.of(), said::add);
        doctor.examine(check);
        assertThat(names(doctor)).containsExactly(check.advice().name());
        assertThat(said).singleElement().asString().contains("cause: ", "fix: ", "see: ");
        assertThat(doctor.refuses()).isEqualTo(check.advice().severity() == Severity.STOP);
    }

    @Test
    void healthy_starts_are_left_alone() {
        Doctor doctor = Doctor.alone(Map.of(), line -> {});
        List.of(
                        new StartKl(0),
                        new StartRatio(0),
                        new Padding(false, 0.01, 0.1),
                        new EndTokens(90, 100),
                        new TruncatedShare(3, 100, "packing.length"),
                        new GradientFlow(List.of(), 14),
                        new RewardGolden("stars", 8, 1e-6, 1e-3),
                        new RewardGolden("none", 0, Double.NaN, 1e-3),
                        new SamplingPurity(List.of()),
                        new LearningRate(2e-4, 1e-6, 5e-3, 5, 100),
                        new BatchSize("ppo.batch_size", 64, 8),
                        MemoryFit.here(1L << 20),
                        new TokenizerFit(99, 100, true, List.of(), null))
                .forEach(doctor::examine);
        assertThat(doctor.findings()).isEmpty();
        assertThat(new TreeSet<>(doctor.passed())).hasSize(12);
        doctor.conclude();
    }

    @Test
    void severity_is_the_users_choice() {
        Doctor off = Doctor.alone(Rules.settings(Map.of("kl_at_start", Severity.OFF)), line -> {});
        off.examine(new StartKl(1));
        off.conclude();
        assertThat(off.findings()).isEmpty();
        Doctor stop = Doctor.alone(Rules.settings(Map.of("negative_kl", Severity.STOP)), line -> {});
        stop.observe(1, new LinkedHashMap<>(Map.of("objective/kl", -4.0)), "");
        assertThatThrownBy(stop::conclude)
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.REFUSED))
                .hasMessageContaining("doctor.negative_kl: warn")
                .hasMessageContaining("trl#925");
        assertThatThrownBy(() -> Rules.settings(Map.of("negativ_kl", Severity.STOP)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("negative_kl");
    }

    @Test
    void every_rule_has_cause_fix_and_source_and_a_name_of_its_own() {
        assertThat(Rules.all()).hasSize(24).allSatisfy(advice -> {
            assertThat(advice.name()).matches("[a-z_]+");
            assertThat(advice.cause()).isNotBlank();
            assertThat(advice.fix()).isNotBlank();
            assertThat(advice.source()).isNotBlank();
        });
        assertThat(Rules.all().stream().map(Advice::name)).doesNotHaveDuplicates();
    }

    @Test
    void where_numbers_break_is_said() {
        List<String> said = new ArrayList<>();
        Doctor doctor = Doctor.alone(Map.of(), said::add);
        Map<String, Double> metrics = new LinkedHashMap<>(Map.of("loss", 1.0, "skipped_steps", 1.0));
        doctor.observe(7, metrics, "step 7; first in the gradient of model.layers.1.mlp.down_proj (lora_B)");
        doctor.observe(8, metrics, "");
        assertThat(said).singleElement().asString().contains("step 7", "model.layers.1.mlp.down_proj");
        assertThat(metrics).containsEntry(Doctor.FIRED, 1.0);
    }

    @Test
    void a_resumed_run_knows_what_was() throws IOException {
        Path metrics = folder.resolve("metrics.jsonl");
        Path file = folder.resolve("doctor.jsonl");
        List<Map<String, Double>> steps = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            steps.add(Map.of("ppo/policy/entropy", 4.0 * Math.exp(-i), "objective/kl", i == 2 ? -5.0 : 1.0));
        }
        List<Double> whole = run(file, metrics, steps, 0);
        List<String> log = Files.readAllLines(file);
        assertThat(log).hasSize(2);
        assertThat(log.get(0)).contains("\"step\":3", "negative_kl", "cause", "fix", "source");
        assertThat(whole).containsExactly(0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0);
        assertThat(run(file, metrics, steps, 4)).containsExactly(1.0, 2.0, 2.0, 2.0);
        assertThat(Files.readAllLines(file)).isEqualTo(log);
    }

    private static List<Double> run(Path file, Path metrics, List<Map<String, Double>> steps, int done) {
        List<Double> fired = new ArrayList<>();
        Doctor doctor = Doctor.of(Map.of(), file, metrics, done, line -> {});
        try (JsonlSink sink = done == 0 ? JsonlSink.create(metrics) : JsonlSink.resume(metrics, done)) {
            for (int i = done; i < steps.size(); i++) {
                Map<String, Double> step = new LinkedHashMap<>(steps.get(i));
                doctor.observe(i + 1, step, "");
                sink.step(i + 1, step);
                fired.add(step.get(Doctor.FIRED));
            }
        }
        return fired;
    }
}
