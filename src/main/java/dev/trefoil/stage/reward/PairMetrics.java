package dev.trefoil.stage.reward;

import dev.trefoil.train.LoopState;
import java.util.LinkedHashMap;
import java.util.Map;

/** Sums over pairs of training, from which the metrics of a log line are made. */
final class PairMetrics {

    private static final String KEPT = "since_log/";

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

    /** The sums themselves, for a checkpoint between two lines. */
    void keep(Map<String, Double> numbers) {
        numbers.put(KEPT + "pairs", (double) pairs);
        numbers.put(KEPT + "right", (double) right);
        numbers.put(KEPT + "loss", loss);
        numbers.put(KEPT + "chosen", chosen);
        numbers.put(KEPT + "rejected", rejected);
        numbers.put(KEPT + "least", least);
        numbers.put(KEPT + "most", most);
    }

    /** Goes on with the sums of a checkpoint. */
    void restore(LoopState state) {
        pairs = (long) state.number(KEPT + "pairs");
        right = (int) state.number(KEPT + "right");
        loss = state.number(KEPT + "loss");
        chosen = state.number(KEPT + "chosen");
        rejected = state.number(KEPT + "rejected");
        least = state.number(KEPT + "least");
        most = state.number(KEPT + "most");
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
