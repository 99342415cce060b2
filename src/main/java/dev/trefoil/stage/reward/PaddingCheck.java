package dev.trefoil.stage.reward;

import dev.trefoil.artifact.Manifest.GoldenScore;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.doctor.Padding;
import dev.trefoil.model.Compute;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.token.Preferences;
import dev.trefoil.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The eight texts that a reward model is known by. A text's score must not depend on the batch in which it stands: a head that
 * reads padding, or attention that sees it, shows here before hours are spent on it. Padding of another content must give the same
 * scores to the bit. A text alone has other matrix shapes, which round differently, so there only gross differences are faults.
 *
 * @param texts prompts and responses
 * @param rows their tokens, under the length rule of the run
 */
record PaddingCheck(List<GoldenScore> texts, List<int[]> rows) {

    /** Texts, from half as many pairs. */
    static final int TEXTS = 8;

    /** Share of the scores' root mean square that another order of sums may move in float32; 1e-6 was seen. */
    private static final double ROUNDING = 0.01;

    /**
     * The same in bfloat16, where one rounding of a block's output grows through the later ones: on SmolLM2-135M single texts moved by
     * a fifth of the scores under a fresh head, and by half where LLM.int8() chooses outlier columns by batch.
     */
    private static final double COARSE_ROUNDING = 1;

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

    /** Largest difference between a score alone, as {@link #golden} has it, and in the batch of all these texts. */
    double largestDifference(RewardScorer scorer, List<GoldenScore> golden) {
        return largestDifference(golden, scorer.together(rows));
    }

    private static double largestDifference(List<GoldenScore> golden, float[] together) {
        double largest = 0;
        for (int i = 0; i < together.length; i++) {
            largest = Math.max(largest, Math.abs(together[i] - golden.get(i).score()));
        }
        return largest;
    }

    /** Whether a score depends on the padding beside it, as the doctor judges it. */
    Padding judge(RewardScorer scorer, SharedBase base) {
        float[] together = scorer.together(rows);
        boolean reads = !base.choosesOutliersByBatch() && !Arrays.equals(together, scorer.withOtherPadding(rows));
        boolean exact = base.engine().compute() == Compute.FP32 && !base.choosesOutliersByBatch();
        double share = exact ? ROUNDING : COARSE_ROUNDING;
        return new Padding(reads, largestDifference(golden(scorer), together), share * rootMeanSquare(together));
    }

    /** One line for people. */
    static String describe(double difference, SharedBase base) {
        return String.format(
                Locale.ROOT,
                "a score alone and in a padded batch differ by at most %.2g%s",
                difference,
                base.choosesOutliersByBatch()
                        ? " (outlier columns are chosen by batch; with engine.outliers entries scores do not depend on it)"
                        : "");
    }

    private static double rootMeanSquare(float[] scores) {
        double squares = 0;
        for (float score : scores) {
            squares += (double) score * score;
        }
        return Math.sqrt(squares / scores.length);
    }
}
