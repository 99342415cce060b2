package dev.trefoil.data.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReviewGrammarTest {

    private static final long SEED = 11;

    private final ReviewGrammar grammar = ReviewGrammar.open();

    @Test
    void a_review_depends_on_seed_and_index_only() {
        Review first = grammar.review(SEED, 7);
        grammar.review(SEED, 8);
        assertThat(ReviewGrammar.open().review(SEED, 7)).isEqualTo(first);
        assertThat(grammar.review(SEED + 1, 7)).isNotEqualTo(first);
    }

    @Test
    void reviews_are_distinct_short_balanced_and_clean() {
        Set<String> texts = new HashSet<>();
        Set<String> words = new HashSet<>();
        long positives = 0;
        int count = 50_000;
        for (long index = 0; index < count; index++) {
            Review review = grammar.review(SEED, index);
            texts.add(review.text());
            positives += review.positive() ? 1 : 0;
            String[] parts = review.text().split(" ");
            words.addAll(Arrays.asList(
                    review.text().toLowerCase().replaceAll("[^a-z ]", "").split(" ")));
            assertThat(parts.length).isBetween(20, 60);
            assertThat(review.text()).startsWith(review.opening() + " ").endsWith(".");
        }
        assertThat(texts.size()).isGreaterThan(count * 999 / 1000);
        assertThat((double) positives / count).isBetween(0.49, 0.51);
        assertThat(words.size()).isBetween(400, 800);
    }

    @Test
    void no_review_has_a_slip_of_the_pen() {
        for (long index = 0; index < 5_000; index++) {
            assertThat(grammar.review(SEED, index, ReviewGrammar.Style.RATED).text())
                    .doesNotContainPattern(
                            "[<>{}()|/;!]|  | [,.]|\\b(\\w+) \\1\\b|\\ba [aeiou]|\\ban [^aeiouAEIOU]|[.] [a-z]");
        }
    }

    @Test
    void a_pair_is_two_ways_to_go_on() {
        for (long index = 0; index < 500; index++) {
            ReviewPair pair = grammar.pair(SEED, index);
            Review review = grammar.review(SEED, index);
            assertThat(pair.prompt()).isEqualTo(review.opening());
            assertThat(pair.chosen()).startsWith(" ").isNotEqualTo(pair.rejected());
            assertThat(pair.prompt() + (review.positive() ? pair.chosen() : pair.rejected()))
                    .isEqualTo(review.text());
        }
    }

    @Test
    void a_rated_review_ends_with_a_rating() {
        Review review = grammar.review(SEED, 1, ReviewGrammar.Style.RATED);
        assertThat(review.text()).containsPattern("Rating: \\w+ out of ten[.]$");
    }

    /** Naive Bayes over words with add-one smoothing: the labels must be learnable from the words, the openings must not. */
    @Test
    void words_tell_praise_from_blame_and_openings_do_not() {
        double whole = naiveBayesAccuracy(false);
        double opening = naiveBayesAccuracy(true);
        assertThat(whole).isGreaterThan(0.95);
        assertThat(opening).isBetween(0.45, 0.55);
    }

    private double naiveBayesAccuracy(boolean openingOnly) {
        Map<String, double[]> counts = new HashMap<>();
        double[] totals = new double[2];
        for (long index = 0; index < 4_000; index++) {
            Review review = grammar.review(SEED, index);
            for (String word : words(review, openingOnly)) {
                counts.computeIfAbsent(word, unused -> new double[] {1, 1})[review.positive() ? 1 : 0]++;
                totals[review.positive() ? 1 : 0]++;
            }
        }
        int right = 0;
        int tests = 2_000;
        for (long index = 100_000; index < 100_000 + tests; index++) {
            Review review = grammar.review(SEED, index);
            double odds = 0;
            for (String word : words(review, openingOnly)) {
                double[] count = counts.getOrDefault(word, new double[] {1, 1});
                odds += Math.log(count[1] / totals[1]) - Math.log(count[0] / totals[0]);
            }
            right += odds > 0 == review.positive() ? 1 : 0;
        }
        return (double) right / tests;
    }

    private static String[] words(Review review, boolean openingOnly) {
        String text = openingOnly ? review.opening() : review.text();
        return text.toLowerCase().replaceAll("[^a-z ]", "").split(" ");
    }
}
