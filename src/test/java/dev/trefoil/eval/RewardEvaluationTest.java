package dev.trefoil.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RewardEvaluationTest {

    private static final Offset<Double> NEAR = within(1e-12);

    @Test
    void a_small_case_by_hand() {
        // Margins 2, -1, 0, 1.
        RewardEvaluation result = RewardEvaluation.of(
                new double[] {3, 0, 1, 2}, new double[] {1, 1, 1, 1}, new int[] {5, 2, 3, 9}, new int[] {4, 4, 3, 8});
        assertThat(result.accuracy()).isCloseTo(2.5 / 4, NEAR);
        assertThat(result.ties()).isEqualTo(1);
        // Chosen above rejected in 8 of 16 combinations, equal in 4.
        assertThat(result.scoreAuc()).isCloseTo(10.0 / 16, NEAR);
        assertThat(result.marginAuc()).isCloseTo(auc(new double[] {2, -1, 0, 1}, new double[] {-2, 1, 0, -1}), NEAR);
        assertThat(result.lengthBaseline()).isCloseTo(2.5 / 4, NEAR);
        assertThat(result.margins().mean()).isCloseTo(0.5, NEAR);
        assertThat(result.margins().std()).isCloseTo(Math.sqrt(5.0 / 3), NEAR);
        assertThat(result.margins().counts().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .isEqualTo(4);
        double logLoss =
                (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(1)) + Math.log(2) + Math.log1p(Math.exp(-1))) / 4;
        assertThat(result.calibration().logLoss()).isCloseTo(logLoss, NEAR);
        // Wilson's interval of 2 in 4, z = 1.959964.
        assertThat(result.accuracyLow()).isCloseTo(0.15003898915214947, within(1e-6));
        assertThat(result.accuracyHigh()).isCloseTo(0.8499610108478506, within(1e-6));
    }

    @Test
    void areas_agree_with_counting_all_combinations() {
        Random random = new Random(7);
        double[] chosen =
                random.doubles(60, -1, 2).map(x -> Math.rint(x * 4) / 4).toArray();
        double[] rejected =
                random.doubles(60, -2, 1).map(x -> Math.rint(x * 4) / 4).toArray();
        PairRanking ranking = PairRanking.of(chosen, rejected);
        assertThat(ranking.scoreAuc()).isCloseTo(auc(chosen, rejected), within(1e-9));
        double wins = 0;
        for (int i = 0; i < 60; i++) {
            wins += 0.5 + 0.5 * Double.compare(chosen[i] + 0.0, rejected[i] + 0.0);
        }
        assertThat(ranking.accuracy()).isCloseTo(wins / 60, NEAR);
    }

    @Test
    void probabilities_drawn_from_the_model_itself_are_calibrated() {
        Random random = new Random(3);
        double[] margins = new double[20_000];
        for (int i = 0; i < margins.length; i++) {
            double size = 4 * random.nextDouble();
            margins[i] = random.nextDouble() < Calibration.sigmoid(size) ? size : -size;
        }
        assertThat(Calibration.of(margins).expectedError()).isLessThan(0.02);
        double[] tooSure = java.util.Arrays.stream(margins).map(m -> 5 * m).toArray();
        assertThat(Calibration.of(tooSure).expectedError()).isGreaterThan(0.08);
    }

    @Test
    void one_pair_and_constant_scores_are_no_fault() throws Exception {
        RewardEvaluation result = RewardEvaluation.of(new double[] {1}, new double[] {1}, new int[] {3}, new int[] {3});
        assertThat(result.accuracy()).isEqualTo(0.5);
        assertThat(result.scoreAuc()).isEqualTo(0.5);
        assertThat(result.toText()).contains("nan").contains("margin (chosen - rejected)");
        String json = JsonMapper.builder().build().writeValueAsString(result.toMap());
        assertThat(json).contains("\"length_pearson\":null").doesNotContain("NaN");
    }

    @Test
    void a_score_that_correlates_with_length_shows() {
        RewardEvaluation result = RewardEvaluation.of(
                new double[] {10, 20, 30}, new double[] {1, 4, 9}, new int[] {100, 200, 300}, new int[] {10, 40, 90});
        assertThat(result.lengthPearson()).isCloseTo(1, within(1e-12));
        assertThat(result.lengthSpearman()).isCloseTo(1, within(1e-12));
        assertThat(result.lengthBaseline()).isEqualTo(1);
        assertThat(result.accuracyHigh()).isLessThanOrEqualTo(1);
    }

    @Test
    void faults_name_what_was_found() {
        assertThatThrownBy(() -> RewardEvaluation.of(new double[0], new double[0], new int[0], new int[0]))
                .hasMessageContaining("at least one pair");
        assertThatThrownBy(() ->
                        RewardEvaluation.of(new double[] {Double.NaN}, new double[] {1}, new int[] {1}, new int[] {1}))
                .hasMessageContaining("pair 0")
                .hasMessageContaining("NaN");
    }

    private static double auc(double[] positive, double[] negative) {
        double wins = 0;
        for (double p : positive) {
            for (double n : negative) {
                wins += 0.5 + 0.5 * Double.compare(p + 0.0, n + 0.0);
            }
        }
        return wins / (positive.length * negative.length);
    }
}
