package dev.trefoil.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.UserError;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.report.JsonlSink;
import dev.trefoil.report.page.Check;
import dev.trefoil.report.page.Figures;
import dev.trefoil.report.page.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReproductionTest {

    private static final Path PIPELINES = Path.of("pipelines");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"quickstart", "sentiment", "stackllama"})
    void recipes_are_found_and_their_scales_are_their_pipelines(String name) {
        RecipeConfig recipe = Reproduction.find(name, PIPELINES);
        Pipeline pipeline = Pipeline.load(recipe.pipeline(), List.of(), recipe.scale(), Path.of("elsewhere"));
        assertThat(pipeline.config().scales().keySet())
                .containsAll(recipe.checks().keySet());
        assertThat(recipe.asked("small")).containsExactly(CheckKind.values());
        assertThat(recipe.asked("tiny")).contains(CheckKind.FIRST_KL_ZERO).doesNotContain(CheckKind.REWARD_RISES);
    }

    @Test
    void an_unknown_recipe_is_answered_with_the_known_ones() {
        assertThatThrownBy(() -> Reproduction.find("nothing", PIPELINES))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("sentiment");
        assertThatThrownBy(() -> Reproduction.find("nothing", folder.resolve("absent")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--pipelines");
    }

    private Figures figures(String name, double lossAfter, double firstKl, double lastKl) throws IOException {
        Path run = folder.resolve(name);
        ArtifactWriter.write(run.resolve("sft"), draft -> {
            try (JsonlSink log = JsonlSink.create(draft.record("metrics.jsonl"))) {
                log.step(0, Map.of("eval_loss", 4.0));
                log.step(9, Map.of("eval_loss", lossAfter));
            }
            return Manifest.of("sft", 1, Map.of(), Map.of(), List.of());
        });
        ArtifactWriter.write(run.resolve("ppo"), draft -> {
            try (JsonlSink log = JsonlSink.create(draft.record("metrics.jsonl"))) {
                log.step(0, Map.of("eval_env/reward_mean", 0.5));
                log.step(1, Map.of("objective/kl", firstKl, "episode", 32.0));
                log.step(2, Map.of("objective/kl", lastKl, "episode", 64.0, "eval_env/reward_mean", 0.7));
            }
            return Manifest.of("ppo", 1, Map.of(), Map.of(), List.of());
        });
        return Figures.of(RunFiles.read(run));
    }

    private static Check.Outcome outcome(List<Check> checks, CheckKind kind) {
        return checks.get(kind.ordinal()).outcome();
    }

    @Test
    void checks_follow_the_numbers() throws IOException {
        List<CheckKind> all = List.of(CheckKind.values());
        List<Check> good = CheckKind.all(figures("good", 3.9, 0, 9.9), all);
        assertThat(outcome(good, CheckKind.SFT_LOSS_FALLS)).isEqualTo(Check.Outcome.PASSED);
        assertThat(outcome(good, CheckKind.REWARD_RISES)).isEqualTo(Check.Outcome.PASSED);
        assertThat(outcome(good, CheckKind.KL_IN_RANGE)).isEqualTo(Check.Outcome.PASSED);
        assertThat(outcome(good, CheckKind.FIRST_KL_ZERO)).isEqualTo(Check.Outcome.PASSED);
        assertThat(good.get(CheckKind.REWARD_ABOVE_CHANCE.ordinal()))
                .extracting(Check::outcome, Check::found)
                .containsExactly(Check.Outcome.FAILED, "not measured");
        List<Check> bad = CheckKind.all(figures("bad", 4.1, 1e-6, 10.1), all);
        assertThat(bad)
                .extracting(Check::outcome)
                .filteredOn(Check.Outcome.FAILED::equals)
                .hasSize(4);
        List<Check> few = CheckKind.all(figures("few", 4.1, 0, 1), List.of(CheckKind.FIRST_KL_ZERO));
        assertThat(outcome(few, CheckKind.SFT_LOSS_FALLS)).isEqualTo(Check.Outcome.NOT_ASKED);
        assertThat(outcome(few, CheckKind.FIRST_KL_ZERO)).isEqualTo(Check.Outcome.PASSED);
    }

    /** The least of KL - 3 sqrt(2 KL / N) over all KL, found by trying them. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 32, 256})
    void the_lowest_estimate_is_what_chance_makes_of_the_worst_kl(int responses) {
        double least = IntStream.rangeClosed(0, 1_000_000)
                .mapToDouble(i -> i * 1e-5)
                .map(kl -> kl - 3 * Math.sqrt(2 * kl / responses))
                .min()
                .orElseThrow();
        assertThat(CheckKind.lowestEstimate(responses)).isCloseTo(least, within(1e-6));
    }

    /** Log-ratios of two close distributions over three tokens, whose KL is the worst one for a step of that size. */
    @Test
    void sampled_estimates_seldom_lie_below_the_limit() {
        int responses = 64;
        double[] policy = {0.5, 0.3, 0.2};
        double[] reference = {0.67, 0.22, 0.11};
        double kl = IntStream.range(0, 3)
                .mapToDouble(i -> policy[i] * Math.log(policy[i] / reference[i]))
                .sum();
        assertThat(kl).isCloseTo(4.5 / responses, within(0.01));
        Random random = new Random(3);
        int below = 0;
        int negative = 0;
        int steps = 20_000;
        for (int step = 0; step < steps; step++) {
            double mean = IntStream.range(0, responses)
                            .map(i -> token(policy, random.nextDouble()))
                            .mapToDouble(i -> Math.log(policy[i] / reference[i]))
                            .sum()
                    / responses;
            negative += mean < 0 ? 1 : 0;
            below += mean < CheckKind.lowestEstimate(responses) ? 1 : 0;
        }
        assertThat(negative).as("estimates below 0").isGreaterThan(steps / 100);
        assertThat(below).as("estimates below the limit").isLessThan(steps / 250);
    }

    private static int token(double[] probabilities, double draw) {
        return draw < probabilities[0] ? 0 : draw < probabilities[0] + probabilities[1] ? 1 : 2;
    }

    @Test
    void a_kl_below_what_chance_explains_is_a_fault() throws IOException {
        List<CheckKind> asked = List.of(CheckKind.KL_IN_RANGE);
        Check near = CheckKind.all(figures("near", 3.9, 0, -0.14), asked).get(CheckKind.KL_IN_RANGE.ordinal());
        assertThat(near.outcome()).isEqualTo(Check.Outcome.PASSED);
        assertThat(near.found()).contains("32 responses", "-0.141");
        Check far = CheckKind.all(figures("far", 3.9, 0, -0.142), asked).get(CheckKind.KL_IN_RANGE.ordinal());
        assertThat(far.outcome()).isEqualTo(Check.Outcome.FAILED);
    }

    @Test
    void what_cannot_be_fetched_is_named_with_its_command() {
        RecipeConfig.Need need =
                new RecipeConfig.Need(List.of(folder.resolve("data.jsonl")), List.of("false"), null, List.of(), false);
        RecipeConfig recipe =
                new RecipeConfig("r", PIPELINES.resolve("quickstart/pipeline.yaml"), null, List.of(need), Map.of());
        Reproduction.Request request = new Reproduction.Request(
                "tiny", null, folder.resolve("run"), List.of(), PipelineRun.Options.defaults());
        assertThatThrownBy(() -> Reproduction.run(recipe, request, System.err))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("data.jsonl: is missing, and 'false' ended with exit code 1");
        assertThat(folder.resolve("run")).doesNotExist();
        Reproduction.Request other = new Reproduction.Request(
                "tiny", folder.resolve("nobase"), folder.resolve("run"), List.of(), PipelineRun.Options.defaults());
        assertThatThrownBy(() -> Reproduction.run(recipe, other, System.err))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no base store there");
        assertThat(Files.exists(folder.resolve("run"))).isFalse();
    }
}
