package dev.trefoil.stage.reward;

import java.util.LinkedHashMap;
import java.util.Map;

/** Sums over pairs of training, from which the metrics of a log line are made. */
final class PairMetrics {

    private long pairs;
    private int right;
    private double loss;
    private double chosen;
    private double rejected;
    private double least;
    private double most;

    PairMetrics() {
        clear();
    }

    /**
     * Adds a batch.
     *
     * @param scores [2 pairs] first all chosen, then all rejected
     */
    void add(float[] scores, PairwiseLoss.Result result) {
        pairs += result.pairs();
        right += result.right();
        loss += result.lossSum();
        for (int i = 0; i < scores.length; i++) {
            if (i < result.pairs()) {
                chosen += scores[i];
            } else {
                rejected += scores[i];
            }
            least = Math.min(least, scores[i]);
            most = Math.max(most, scores[i]);
        }
    }

    /** Means over the pairs since the last call, by their names in the glossary. */
    Map<String, Double> take() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        double margin = (chosen - rejected) / pairs;
        double accuracy = (double) right / pairs;
        metrics.put("loss", loss / pairs);
        metrics.put("accuracy", accuracy);
        metrics.put("margin", margin);
        metrics.put("min_reward", least);
        metrics.put("mean_reward", (chosen + rejected) / (2 * pairs));
        metrics.put("max_reward", most);
        metrics.put("rewards/chosen", chosen / pairs);
        metrics.put("rewards/rejected", rejected / pairs);
        metrics.put("rewards/accuracies", accuracy);
        metrics.put("rewards/margins", margin);
        clear();
        return metrics;
    }

    private void clear() {
        pairs = 0;
        right = 0;
        loss = 0;
        chosen = 0;
        rejected = 0;
        least = Double.POSITIVE_INFINITY;
        most = Double.NEGATIVE_INFINITY;
    }
}
