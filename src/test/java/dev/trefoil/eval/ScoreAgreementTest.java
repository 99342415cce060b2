package dev.trefoil.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScoreAgreementTest {

    private static final double NONE = Double.NaN;

    @Test
    void ranks_count_and_scales_do_not() {
        ScoreAgreement same = ScoreAgreement.of(new double[] {1, 2, 3, 4}, new double[] {-10, 0, 1, 1000}, 2);
        assertThat(same.spearman()).isEqualTo(1, within(1e-12));
        assertThat(same.kendall()).isEqualTo(1, within(1e-12));
        assertThat(same.pearson()).isLessThan(0.9);
        ScoreAgreement reversed = ScoreAgreement.of(new double[] {1, 2, 3}, new double[] {3, 2, 1}, 2);
        assertThat(reversed.spearman()).isEqualTo(-1, within(1e-12));
    }

    @Test
    void the_texts_of_the_largest_disagreement_come_first_and_missing_ones_not_at_all() {
        double[] first = {1, NONE, 2, 3, 4, 5};
        double[] second = {1, 9, 2, 3, 0, NONE};
        ScoreAgreement found = ScoreAgreement.of(first, second, 1);
        assertThat(found.texts()).isEqualTo(4);
        assertThat(found.missing()).isEqualTo(2);
        // Ranks 1 2 3 4 against 2 3 4 1: 1 - 6 x 12 / 60.
        assertThat(found.spearman()).isEqualTo(-0.2, within(1e-12));
        assertThat(found.largest()).containsExactly(new ScoreAgreement.Disagreement(4, 4, 0, 1, 0));
        assertThat(found.toText()).contains("without a score");
    }

    @Test
    void a_judge_without_an_opinion_has_no_correlation() {
        ScoreAgreement found = ScoreAgreement.of(new double[] {1, 1, 1}, new double[] {1, 2, 3}, 5);
        assertThat(found.spearman()).isNaN();
        assertThat(found.toMap()).containsEntry("spearman", null);
        assertThat(ScoreAgreement.of(new double[] {1}, new double[] {1}, 5).largest())
                .isEmpty();
    }
}
