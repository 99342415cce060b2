package dev.trefoil.stage.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PairwiseLossTest {

    private static final float[] SCORES = {0.5f, -1.25f, 2, 1.5f, -0.75f, 2};
    private static final double[] MARGINS = {0.5, 0, 1.25};

    @Test
    void equal_scores_cost_ln_2() {
        PairwiseLoss.Result result = new PairwiseLoss(0).of(new float[] {3, 3}, new double[] {0});
        assertThat(result.loss()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(result.gradient()).containsExactly(-0.5f, 0.5f);
        assertThat(result.right()).isZero();
    }

    @Test
    void value_is_the_formula_term_by_term() {
        double expected = 0;
        for (int i = 0; i < 3; i++) {
            double lead = SCORES[i] - SCORES[3 + i] - MARGINS[i];
            expected += Math.log(1 + Math.exp(-lead)) + 0.01 * Math.pow(SCORES[i] + SCORES[3 + i], 2);
        }
        assertThat(new PairwiseLoss(0.01).of(SCORES, MARGINS).loss()).isCloseTo(expected / 3, within(1e-12));
    }

    @Test
    void gradient_is_that_of_finite_differences() {
        PairwiseLoss loss = new PairwiseLoss(0.03);
        float[] gradient = loss.of(SCORES, MARGINS).gradient();
        float step = 1f / 256;
        for (int i = 0; i < SCORES.length; i++) {
            float[] up = SCORES.clone();
            float[] down = SCORES.clone();
            up[i] += step;
            down[i] -= step;
            double slope = (loss.of(up, MARGINS).loss() - loss.of(down, MARGINS).loss()) / (2 * step);
            assertThat((double) gradient[i]).isCloseTo(slope, within(1e-5));
        }
    }

    @Test
    void huge_differences_stay_finite() {
        PairwiseLoss.Result wrong = new PairwiseLoss(0).of(new float[] {-1e6f, 1e6f}, new double[] {0});
        assertThat(wrong.loss()).isEqualTo(2e6);
        assertThat(wrong.gradient()).containsExactly(-1, 1);
        PairwiseLoss.Result right = new PairwiseLoss(0).of(new float[] {1e6f, -1e6f}, new double[] {0});
        assertThat(right.loss()).isZero();
        assertThat(right.gradient()).containsExactly(0, 0);
    }

    @Test
    void centring_pulls_both_scores_down_and_leaves_their_difference() {
        float[] plain =
                new PairwiseLoss(0).of(new float[] {4, 3}, new double[] {0}).gradient();
        float[] centred =
                new PairwiseLoss(0.1).of(new float[] {4, 3}, new double[] {0}).gradient();
        assertThat(centred[0] - plain[0]).isCloseTo(1.4f, within(1e-5f));
        assertThat(centred[1] - plain[1]).isCloseTo(1.4f, within(1e-5f));
    }

    @Test
    void parts_of_a_step_add_up_to_the_whole() {
        PairwiseLoss loss = new PairwiseLoss(0.01);
        float[] whole = loss.of(SCORES, MARGINS).gradient();
        PairwiseLoss.Result first =
                loss.of(new float[] {SCORES[0], SCORES[1], SCORES[3], SCORES[4]}, new double[] {0.5, 0}, 3);
        PairwiseLoss.Result second = loss.of(new float[] {SCORES[2], SCORES[5]}, new double[] {1.25}, 3);
        assertThat(new float[] {
                    first.gradient()[0],
                    first.gradient()[1],
                    second.gradient()[0],
                    first.gradient()[2],
                    first.gradient()[3],
                    second.gradient()[1]
                })
                .containsExactly(whole);
        assertThat((first.lossSum() + second.lossSum()) / 3)
                .isCloseTo(loss.of(SCORES, MARGINS).loss(), within(1e-12));
    }

    @Test
    void sizes_and_coefficient_are_checked() {
        assertThatThrownBy(() -> new PairwiseLoss(-1)).hasMessageContaining("center_coefficient");
        assertThatThrownBy(() -> new PairwiseLoss(0).of(new float[3], new double[1]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
