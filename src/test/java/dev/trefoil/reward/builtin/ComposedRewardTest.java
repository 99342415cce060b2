package dev.trefoil.reward.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.UserError;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComposedRewardTest {

    private static final Map<String, Object> WORDS =
            Map.of("kind", "rule", "rules", List.of(Map.of("length", "words", "name", "n")));

    @TempDir
    Path folder;

    /** Scores by length; blames empty samples, and counts what it was asked. */
    private static final class Counting implements RewardModel {

        private final List<Integer> asked = new ArrayList<>();

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public List<RewardScore> score(List<RewardSample> batch) throws RewardException {
            asked.add(batch.size());
            List<RewardScore> scores = new ArrayList<>();
            for (RewardSample sample : batch) {
                if (sample.response().isEmpty()) {
                    throw new RewardException(name(), scores.size(), "is empty");
                }
                scores.add(RewardScore.of(sample.response().length()));
            }
            return scores;
        }
    }

    @Test
    void a_weighted_sum_has_its_summands_as_parts() throws Exception {
        Map<String, Object> letters =
                Map.of("kind", "rule", "rules", List.of(Map.of("length", "characters", "score", 2)));
        RewardModel model = open(Map.of(
                "kind",
                "weighted",
                "parts",
                List.of(
                        Map.of("name", "words", "weight", -1, "of", WORDS),
                        Map.of("name", "letters", "weight", 0.5, "of", letters),
                        Map.of("name", "watched", "weight", 0, "of", letters))));
        RewardScore score = model.score(List.of(text("ab c"))).get(0);
        assertThat(score.score()).isEqualTo(-2 + 4);
        assertThat(score.parts()).isEqualTo(Map.of("words", 2.0, "letters", 8.0, "watched", 8.0));
    }

    @Test
    void token_scores_are_summed_and_a_whole_score_goes_to_the_last_token() throws Exception {
        RewardModel tokens = fixed(new RewardScore(9, new double[] {1, 2}, Map.of()));
        RewardModel whole = fixed(RewardScore.of(5));
        RewardModel model = new WeightedReward(
                "sum", List.of(new WeightedReward.Part("a", 2, tokens), new WeightedReward.Part("b", 10, whole)));
        RewardScore score = model.score(List.of(text("x"))).get(0);
        assertThat(score.tokenScores()).containsExactly(2, 54);
        RewardModel three = fixed(new RewardScore(9, new double[3], Map.of()));
        RewardModel odd = new WeightedReward(
                "sum", List.of(new WeightedReward.Part("a", 1, tokens), new WeightedReward.Part("b", 1, three)));
        assertThatThrownBy(() -> odd.score(List.of(text("x")))).hasMessageContaining("different numbers of tokens");
    }

    @Test
    void what_a_part_drops_the_sum_drops_and_what_a_part_fails_the_sum_fails() {
        RewardModel dropping = new GuardedReward(new Counting(), policy(FailurePolicy.Then.DROP));
        RewardModel failing = new GuardedReward(new Counting(), policy(FailurePolicy.Then.RETRY));
        List<RewardSample> batch = List.of(text("a"), text(""), text("ccc"));
        List<RewardAnswer> dropped = RewardModel.judged(sum(dropping), batch);
        assertThat(dropped.get(1).dropped()).isTrue();
        assertThat(dropped.get(1).fault()).hasMessageContaining("sample 1 of the batch is empty");
        assertThat(dropped.get(2).score().score()).isEqualTo(3);
        List<RewardAnswer> failed = RewardModel.judged(sum(failing), batch);
        assertThat(failed.get(1).isMissing()).isTrue();
        assertThat(failed.get(1).dropped()).isFalse();
    }

    @Test
    void clip_and_normalise_keep_the_raw_score_as_a_part() throws Exception {
        RewardModel clipped = open(Map.of("kind", "clip", "max", 2, "of", WORDS));
        RewardScore score = clipped.score(List.of(text("a b c d"))).get(0);
        assertThat(score.score()).isEqualTo(2);
        assertThat(score.parts()).containsEntry("raw", 4.0);

        RewardModel normalised = open(Map.of("kind", "normalise", "of", WORDS));
        assertThat(scores(normalised, "a", "a b c")).satisfies(found -> {
            assertThat(found.get(0)).isCloseTo(-Math.sqrt(0.5), within(1e-12));
            assertThat(found.get(1)).isCloseTo(Math.sqrt(0.5), within(1e-12));
        });
        // 1, 3, 5: mean 3, deviation 2.
        assertThat(scores(normalised, "a b c d e")).containsExactly(1.0);
    }

    @Test
    void a_normalised_score_goes_on_from_its_state_and_freezes() throws Exception {
        RewardModel first = open(Map.of("kind", "normalise", "of", WORDS));
        scores(first, "a", "a b c");
        Map<String, Double> state = first.state();
        List<Double> next = scores(first, "a b c d e");
        RewardModel second = open(Map.of("kind", "normalise", "of", WORDS));
        second.restore(state);
        assertThat(scores(second, "a b c d e")).isEqualTo(next);

        RewardModel frozen = open(Map.of("kind", "normalise", "freeze_after", 2, "centre", false, "of", WORDS));
        scores(frozen, "a", "a b c");
        assertThat(scores(frozen, "a b c d e").get(0)).isCloseTo(5 / Math.sqrt(2), within(1e-12));
        assertThat(frozen.state()).containsEntry("count", state.get("count"));
    }

    @Test
    void a_cache_asks_each_text_once_and_forgets_the_longest_unused() {
        Counting counting = new Counting();
        RewardModel cache = new CachedReward("cache", counting, 2);
        RewardModel.judged(cache, List.of(text("a"), text("bb"), text("a")));
        assertThat(counting.asked).containsExactly(2);
        RewardModel.judged(cache, List.of(text("a"), text("ccc")));
        assertThat(counting.asked).containsExactly(2, 1);
        List<RewardAnswer> again = RewardModel.judged(cache, List.of(text("bb"), text("ccc")));
        assertThat(counting.asked).containsExactly(2, 1, 1);
        assertThat(again).extracting(answer -> answer.score().score()).containsExactly(2.0, 3.0);
        assertThat(cache.counts()).containsEntry("cache_hits", 3L);
        RewardModel.judged(cache, List.of(new RewardSample("p", "bb", Map.of("k", 1))));
        assertThat(counting.asked).hasSize(4);
    }

    @Test
    void a_cache_does_not_keep_faults() {
        Counting counting = new Counting();
        RewardModel cache = new CachedReward("cache", counting, 10);
        assertThat(RewardModel.judged(cache, List.of(text("a"), text("a"), text("")))
                        .get(2)
                        .fault())
                .hasMessageContaining("sample 2 of the batch is empty");
        int before = counting.asked.size();
        RewardModel.judged(cache, List.of(text("a"), text("")));
        assertThat(counting.asked).hasSizeGreaterThan(before);
    }

    @Test
    void models_are_named_beside_the_file_and_may_not_name_themselves() throws IOException {
        Path inner = Files.createDirectories(folder.resolve("inner"));
        Files.writeString(inner.resolve("reward.yaml"), "kind: rule\nrules: [{length: words}]\n");
        Files.writeString(folder.resolve("reward.yaml"), "kind: clip\nmax: 1\nof: inner\n");
        RewardModels models = RewardModels.in(Path.of("reward-models"));
        models.open(folder.toString()).close();
        models.open("clip", "x", Map.of("kind", "clip", "max", 1, "of", "lexicon-sentiment"), folder)
                .close();
        Files.writeString(folder.resolve("reward.yaml"), "kind: clip\nmax: 1\nof: ../" + folder.getFileName() + "\n");
        assertThatThrownBy(() -> models.open(folder.toString()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does one name itself?");
    }

    @Test
    void faults_of_keys_are_named() {
        assertFault(Map.of("kind", "weighted", "parts", List.of()), "parts: is empty");
        assertFault(Map.of("kind", "weighted", "parts", List.of(Map.of("of", WORDS))), "parts[0].name: was ''");
        assertFault(Map.of("kind", "clip", "of", WORDS), "min, max");
        assertFault(Map.of("kind", "clip", "max", 1), "of: was null");
        assertFault(Map.of("kind", "clip", "max", 1, "of", WORDS, "on_failure", "drop"), "on_failure: belongs to");
        assertFault(Map.of("kind", "cache", "of", Map.of("kind", "normalise", "of", WORDS)), "put the cache inside");
        assertFault(Map.of("kind", "clip", "max", 1, "of", Map.of("kind", "rul")), "here.yaml of: kind: was rul");
        assertFault(Map.of("kind", "rule", "on_failure", "ignore", "rules", List.of()), "on_failure: was 'ignore'");
        assertFault(Map.of("kind", "rule", "retries", 2, "rules", List.of()), "retries: was 2 with on_failure: fail");
    }

    @Test
    void rules_measure_words_lengths_and_forms() throws Exception {
        assertThat(rule(Map.of("words", List.of("fine", "very good"), "most", 5), "Fine, very good, finely"))
                .isEqualTo(2);
        assertThat(rule(Map.of("length", "words", "from", 2, "to", 4, "falloff", 2), "a b c d e"))
                .isEqualTo(0.5);
        assertThat(rule(Map.of("length", "words", "from", 2), "a")).isZero();
        assertThat(rule(Map.of("length", "characters", "score", -0.5), "\ud83d\ude00b"))
                .isEqualTo(-1);
        assertThat(rule(Map.of("format", "json"), " {\"a\": [1]} ")).isEqualTo(1);
        assertThat(rule(Map.of("format", "json"), "{\"a\": [1]} x")).isZero();
        assertThat(rule(Map.of("format", "sentence"), "It ends. Here\u2019s \"it!\""))
                .isEqualTo(1);
        assertThat(rule(Map.of("format", "sentence"), "It ends. Here")).isZero();
        assertThat(rule(Map.of("format", "one-line"), "a\nb")).isZero();
        assertThat(rule(Map.of("format", "balanced"), "(a [b])")).isEqualTo(1);
        assertThat(rule(Map.of("format", "balanced"), "(a [b)]")).isZero();
        assertFault(Map.of("kind", "rule", "rules", List.of(Map.of("format", "jsn"))), "rules[0].format: was 'jsn'");
        assertFault(Map.of("kind", "rule", "rules", List.of(Map.of("name", "x"))), "rules[0].pattern: found none");
    }

    private double rule(Map<String, Object> rule, String text) throws RewardException {
        return scores(open(Map.of("kind", "rule", "rules", List.of(rule))), text)
                .get(0);
    }

    private static FailurePolicy policy(FailurePolicy.Then then) {
        return new FailurePolicy(then, 0, Duration.ofMillis(1));
    }

    private static RewardModel sum(RewardModel model) {
        return new WeightedReward("sum", List.of(new WeightedReward.Part("part", 1, model)));
    }

    private static RewardModel fixed(RewardScore score) {
        return new RewardModel() {
            @Override
            public String name() {
                return "fixed";
            }

            @Override
            public List<RewardScore> score(List<RewardSample> batch) {
                return batch.stream().map(sample -> score).toList();
            }
        };
    }

    private void assertFault(Map<String, Object> values, String words) {
        assertThatThrownBy(() -> open(values)).isInstanceOf(UserError.class).hasMessageContaining(words);
    }

    private RewardModel open(Map<String, Object> values) {
        return RewardModels.in(Path.of("reward-models")).open("made", "here.yaml", values, folder);
    }

    private static List<Double> scores(RewardModel model, String... texts) throws RewardException {
        List<RewardSample> batch = new ArrayList<>();
        for (String text : texts) {
            batch.add(text(text));
        }
        return model.score(batch).stream().map(RewardScore::score).toList();
    }

    private static RewardSample text(String response) {
        return RewardSample.of("p", response);
    }
}
