package dev.trefoil.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextStatisticsTest {

    @Test
    void perplexity_of_parts_is_that_of_the_whole() {
        Perplexity whole = new Perplexity(10, 4, 1).plus(new Perplexity(2, 2, 1));
        assertThat(whole.meanNll()).isEqualTo(2.0);
        assertThat(whole.perplexity()).isCloseTo(Math.exp(2), within(1e-12));
        assertThat(whole.toText()).contains("loss per token").contains("2").contains("7.389");
        assertThat(Perplexity.NONE.toMap()).containsEntry("eval_loss", null);
    }

    @Test
    void repetition_lowers_variety() {
        TextVariety varied = TextVariety.ofTexts(List.of("a b c d", "e f g h"));
        assertThat(varied.distinctBigrams()).isEqualTo(1);
        assertThat(varied.repeatedShare()).isZero();
        TextVariety same = TextVariety.ofTexts(List.of("Good good good good good", " good good"));
        assertThat(same.distinctBigrams()).isEqualTo(1.0 / 5);
        assertThat(same.repeatedShare()).isEqualTo(2.0 / 3);
        assertThat(same.meanLength()).isEqualTo(3.5);
    }

    @Test
    void token_ids_are_pooled_over_texts() {
        TextVariety variety = TextVariety.ofTokens(List.of(new int[] {1, 2, 3}, new int[] {1, 2, 4}, new int[] {}));
        assertThat(variety.distinctBigrams()).isEqualTo(3.0 / 4);
        assertThat(variety.distinctTexts()).isEqualTo(1);
        assertThat(TextVariety.ofTexts(List.of("")).toMap()).containsEntry("distinct_bigrams", null);
    }
}
