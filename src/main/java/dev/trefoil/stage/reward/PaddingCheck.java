package dev.trefoil.stage.reward;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Manifest.GoldenScore;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.model.Compute;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.token.Preferences;
import dev.trefoil.token.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The eight texts that a reward model is known by. A text's score must not depend on the batch in which it stands: a head that
 * reads padding, or attention that sees it, shows here before hours are spent on it.
 *
 * @param texts prompts and responses
 * @param rows their tokens, under the length rule of the run
 */
record PaddingCheck(List<GoldenScore> texts, List<int[]> rows) {

    /** Texts, from half as many pairs. */
    static final int TEXTS = 8;

    /**
     * Sums in another order differ by a few units in the last place, and int8 rows may round another way for it. Measured on
     * SmolLM2-135M: see {@link #tolerance}. Padding that is read moves scores by about their own spread.
     */
    private static final double FP32_SHARE = 0.02;

    private static final double BF16_SHARE = 0.15;

    PaddingCheck {
        texts = List.copyOf(texts);
        rows = List.copyOf(rows);
    }

    /** The first pairs' chosen and rejected texts. */
    static PaddingCheck of(Tokenizer tokenizer, List<PreferenceSample> pairs, PreferenceConfig rule) {
        List<GoldenScore> texts = new ArrayList<>();
        for (PreferenceSample pair : pairs.subList(0, Math.min(pairs.size(), TEXTS / 2))) {
            texts.add(new GoldenScore(pair.prompt(), pair.chosen(), 0));
            texts.add(new GoldenScore(pair.prompt(), pair.rejected(), 0));
        }
        return new PaddingCheck(
                texts,
                texts.stream()
                        .map(text -> Preferences.encode(tokenizer, text.prompt(), text.response(), rule))
                        .toList());
    }

    /** The texts with the scores that each gets alone. */
    List<GoldenScore> golden(RewardScorer scorer) {
        List<GoldenScore> golden = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            GoldenScore text = texts.get(i);
            golden.add(new GoldenScore(text.prompt(), text.response(), scorer.alone(rows.get(i))));
        }
        return golden;
    }

    /** Largest difference between a score alone and in the batch of all these texts. */
    double largestDifference(RewardScorer scorer) {
        float[] together = scorer.together(rows);
        double largest = 0;
        for (int i = 0; i < together.length; i++) {
            largest = Math.max(largest, Math.abs(together[i] - scorer.alone(rows.get(i))));
        }
        return largest;
    }

    /** @throws UserError if a score depends on the padding beside it */
    void require(RewardScorer scorer, Compute compute) {
        double difference = largestDifference(scorer);
        double allowed = tolerance(scorer.together(rows), compute);
        if (!(difference <= allowed)) {
            throw new UserError(
                    ExitCode.FAILED,
                    String.format(
                            Locale.ROOT,
                            "the score of a text alone and in a padded batch differ by %.3g, at most %.3g is rounding; "
                                    + "padding would be scored: run `trefoil verify` on this machine and report the case "
                                    + "that fails",
                            difference,
                            allowed));
        }
    }

    /** A share of the scores' root mean square. */
    private static double tolerance(float[] scores, Compute compute) {
        double squares = 0;
        for (float score : scores) {
            squares += (double) score * score;
        }
        return (compute == Compute.FP32 ? FP32_SHARE : BF16_SHARE) * Math.sqrt(squares / scores.length);
    }
}
