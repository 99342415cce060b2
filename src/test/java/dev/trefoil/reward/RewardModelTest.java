package dev.trefoil.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RewardModelTest {

    private static final List<RewardSample> TWO = List.of(
            RewardSample.of("p", "a"),
            new RewardSample("p", "b c", Map.of(RewardSample.RESPONSE_TOKENS, List.of("b", " c"))));

    @Test
    void a_right_answer_passes() throws RewardException {
        RewardScore tokens = new RewardScore(1, new double[] {0, 1}, Map.of());
        assertThat(RewardModel.checked(answering(RewardScore.of(2), tokens), TWO))
                .containsExactly(RewardScore.of(2), tokens);
    }

    @Test
    void wrong_answers_name_the_model_and_the_sample() {
        assertFails(answering(RewardScore.of(1)), -1, "returned 1 scores for 2 samples");
        assertFails(answering(RewardScore.of(1), null), 1, "sample 1", "no score");
        assertFails(
                answering(RewardScore.of(1), new RewardScore(1, new double[3], Map.of())),
                1,
                "3 token scores for 2 response tokens");
    }

    @Test
    void a_runtime_error_becomes_a_named_fault() {
        RewardModel model = new RewardModel() {
            @Override
            public String name() {
                return "foreign";
            }

            @Override
            public List<RewardScore> score(List<RewardSample> batch) {
                return List.of(RewardScore.of(Double.NaN));
            }
        };
        assertFails(model, -1, "failed with", "must be a finite number, was NaN");
    }

    private static void assertFails(RewardModel model, int sample, String... words) {
        assertThatThrownBy(() -> RewardModel.checked(model, TWO))
                .isInstanceOfSatisfying(
                        RewardException.class, e -> assertThat(e.sample()).isEqualTo(sample))
                .hasMessageContaining("foreign")
                .hasMessageContainingAll(words);
    }

    private static RewardModel answering(RewardScore... scores) {
        return new RewardModel() {
            @Override
            public String name() {
                return "foreign";
            }

            @Override
            public List<RewardScore> score(List<RewardSample> batch) {
                return Arrays.asList(scores);
            }
        };
    }
}
