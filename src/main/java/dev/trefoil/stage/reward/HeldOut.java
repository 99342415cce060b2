package dev.trefoil.stage.reward;

import dev.trefoil.eval.RewardEvaluation;
import dev.trefoil.token.PreferenceRow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One evaluation on held-out pairs.
 *
 * @param loss mean training loss of the pairs, margin and centring included, without dropout
 * @param evaluation accuracy and all else
 * @param scores [2 pairs] first all chosen, then all rejected
 */
record HeldOut(double loss, RewardEvaluation evaluation, float[] scores) {

    static HeldOut of(
            RewardScorer scorer, List<PreferenceRow> pairs, int pairsAtOnce, PairwiseLoss loss, boolean margin) {
        float[] scores = scorer.pairs(pairs, pairsAtOnce);
        int count = pairs.size();
        double[] chosen = new double[count];
        double[] rejected = new double[count];
        int[] chosenChars = new int[count];
        int[] rejectedChars = new int[count];
        for (int i = 0; i < count; i++) {
            chosen[i] = scores[i];
            rejected[i] = scores[count + i];
            chosenChars[i] = pairs.get(i).chosenChars();
            rejectedChars[i] = pairs.get(i).rejectedChars();
        }
        return new HeldOut(
                loss.of(scores, margins(pairs, margin)).loss(),
                RewardEvaluation.of(chosen, rejected, chosenChars, rejectedChars),
                scores);
    }

    /** Margins of the rows, or zeros when they are not asked for. */
    static double[] margins(List<PreferenceRow> pairs, boolean wanted) {
        return pairs.stream().mapToDouble(pair -> wanted ? pair.margin() : 0).toArray();
    }

    /** One line a pair, in the order of the data: {@code {"pair", "chosen", "rejected"}}, pairs counted from 1. */
    String lines() {
        int pairs = scores.length / 2;
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < pairs; i++) {
            lines.append("{\"pair\": ")
                    .append(i + 1)
                    .append(", \"chosen\": ")
                    .append(scores[i])
                    .append(", \"rejected\": ")
                    .append(scores[pairs + i])
                    .append("}\n");
        }
        return lines.toString();
    }

    private double meanScore() {
        double sum = 0;
        for (float score : scores) {
            sum += score;
        }
        return sum / scores.length;
    }

    /** By the names of the glossary. */
    Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("eval_loss", loss);
        metrics.put("eval_accuracy", evaluation.accuracy());
        metrics.put("eval_margin", evaluation.margins().mean());
        metrics.put("eval_mean_reward", meanScore());
        return metrics;
    }
}
