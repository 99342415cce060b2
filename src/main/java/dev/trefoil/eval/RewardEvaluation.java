package dev.trefoil.eval;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/**
 * How well a reward model orders pairs of texts.
 *
 * @param pairs number of pairs
 * @param ties pairs with equal scores
 * @param accuracy share of pairs whose chosen text scores higher, a tie counting half
 * @param accuracyLow lower end of Wilson's 95 % interval of the accuracy
 * @param accuracyHigh upper end
 * @param scoreAuc area under the ROC curve of single scores, chosen against rejected: can one threshold part them?
 * @param marginAuc area under the ROC curve of the margins, each pair in both orders
 * @param calibration whether sigmoid(margin) is the probability of being right
 * @param margins distribution of the margins
 * @param lengthPearson Pearson's correlation of score and length over all texts; NaN when one of them is constant
 * @param lengthSpearman Spearman's rank correlation of the same
 * @param lengthBaseline accuracy of "the longer text is the better one", a tie counting half: what a reward model must beat
 */
public record RewardEvaluation(
        int pairs,
        int ties,
        double accuracy,
        double accuracyLow,
        double accuracyHigh,
        double scoreAuc,
        double marginAuc,
        Calibration calibration,
        Margins margins,
        double lengthPearson,
        double lengthSpearman,
        double lengthBaseline) {

    private static final double CONFIDENCE = 0.95;

    /**
     * Evaluates pairs; index i of each array is pair i.
     *
     * @param chosenLengths length of the chosen texts in tokens or characters
     * @throws IllegalArgumentException for no pair, unequal numbers, or a score that is not finite
     */
    public static RewardEvaluation of(
            double[] chosenScores, double[] rejectedScores, int[] chosenLengths, int[] rejectedLengths) {
        int pairs = chosenScores.length;
        if (pairs == 0
                || rejectedScores.length != pairs
                || chosenLengths.length != pairs
                || rejectedLengths.length != pairs) {
            throw new IllegalArgumentException(
                    "at least one pair and equal numbers of scores and lengths are wanted, were "
                            + pairs + " and " + rejectedScores.length + " scores, " + chosenLengths.length + " and "
                            + rejectedLengths.length + " lengths");
        }
        double[] margins = new double[pairs];
        int wins = 0;
        int ties = 0;
        double longer = 0;
        double[] scores = new double[2 * pairs];
        double[] lengths = new double[2 * pairs];
        for (int i = 0; i < pairs; i++) {
            margins[i] = chosenScores[i] - rejectedScores[i];
            if (!Double.isFinite(margins[i])) {
                throw new IllegalArgumentException(
                        "pair " + i + " has the scores " + chosenScores[i] + " and " + rejectedScores[i]);
            }
            wins += margins[i] > 0 ? 1 : 0;
            ties += margins[i] == 0 ? 1 : 0;
            longer += 0.5 + 0.5 * Integer.compare(chosenLengths[i], rejectedLengths[i]);
            scores[2 * i] = chosenScores[i];
            scores[2 * i + 1] = rejectedScores[i];
            lengths[2 * i] = chosenLengths[i];
            lengths[2 * i + 1] = rejectedLengths[i];
        }
        PairRanking ranking = PairRanking.of(chosenScores, rejectedScores);
        // Half a win is no count: two ties are one win for the interval, and a single one is none.
        ConfidenceInterval interval = new WilsonScoreInterval().createInterval(pairs, wins + ties / 2, CONFIDENCE);
        return new RewardEvaluation(
                pairs,
                ties,
                ranking.accuracy(),
                Math.max(0, interval.getLowerBound()),
                Math.min(1, interval.getUpperBound()),
                ranking.scoreAuc(),
                ranking.marginAuc(),
                Calibration.of(margins),
                Margins.of(margins),
                new PearsonsCorrelation().correlation(scores, lengths),
                new SpearmansCorrelation().correlation(scores, lengths),
                longer / pairs);
    }

    /** A block for the terminal with the margin histogram below. */
    public String toText() {
        String table = new NumberTable("Reward model on " + pairs + " pairs")
                .add("accuracy", accuracy)
                .add("  95 % interval", String.format(Locale.ROOT, "%.3f to %.3f", accuracyLow, accuracyHigh))
                .add("  longer text wins", lengthBaseline)
                .add("  ties", ties)
                .add("ROC AUC of scores", scoreAuc)
                .add("ROC AUC of margins", marginAuc)
                .add("pairwise loss", calibration.logLoss())
                .add("calibration error", calibration.expectedError())
                .add("Brier score", calibration.brier())
                .add("margin mean", margins.mean())
                .add("margin std", margins.std())
                .add("length, Pearson", lengthPearson)
                .add("length, Spearman", lengthSpearman)
                .toText();
        return table + "  margin (chosen - rejected)\n" + margins.toBars();
    }

    /** Nested keys and numbers for JSON output. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pairs", pairs);
        map.put("ties", ties);
        map.put("accuracy", accuracy);
        map.put("accuracy_low", accuracyLow);
        map.put("accuracy_high", accuracyHigh);
        map.put("score_auc", scoreAuc);
        map.put("margin_auc", marginAuc);
        map.put("calibration", calibration.toMap());
        map.put("margin", margins.toMap());
        map.put("length_pearson", NumberTable.json(lengthPearson));
        map.put("length_spearman", NumberTable.json(lengthSpearman));
        map.put("length_baseline_accuracy", lengthBaseline);
        return map;
    }
}
