package dev.trefoil.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BestOfNTest {

    @Test
    void the_best_of_n_is_the_mean_over_all_subsets() {
        double[] scores = {3, -1, 4, 1, 5};
        double sum = 0;
        int subsets = 0;
        for (int i = 0; i < 5; i++) {
            for (int j = i + 1; j < 5; j++) {
                for (int k = j + 1; k < 5; k++) {
                    sum += Math.max(scores[i], Math.max(scores[j], scores[k]));
                    subsets++;
                }
            }
        }
        assertThat(BestOfN.expectedBest(scores, 3)).isCloseTo(sum / subsets, within(1e-12));
        assertThat(BestOfN.expectedBest(scores, 1))
                .isCloseTo(Arrays.stream(scores).average().orElseThrow(), within(1e-12));
        assertThat(BestOfN.expectedBest(scores, 5)).isEqualTo(5);
        assertThat(BestOfN.expectedBest(new double[] {2}, 1)).isEqualTo(2);
    }

    @Test
    void figures_leave_out_prompts_without_enough_scores() {
        List<BestOfN> found = BestOfN.of(List.of(new double[] {1, 3}, new double[] {5, Double.NaN}), 1, 2);
        assertThat(found.get(0).meanReward()).isEqualTo(3.5);
        assertThat(found.get(0).standardError()).isEqualTo(1.5);
        assertThat(found.get(0).klBound()).isZero();
        assertThat(found.get(1).prompts()).isEqualTo(1);
        assertThat(found.get(1).meanReward()).isEqualTo(3);
        assertThat(found.get(1).standardError()).isNaN();
        assertThat(found.get(1).klBound()).isCloseTo(0.193147, within(1e-6));
        assertThat(BestOfN.toText(found)).contains("n = 2", "KL at most");
    }
}
