package dev.trefoil.rl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What one evaluation of the PPO losses says about itself, by the terms of TRL ({@code PPOTrainer.loss}, v0.11.4).
 *
 * @param policyLoss masked mean of the clipped policy loss; 0 when the ratio guard acted
 * @param valueLoss half the masked mean of the clipped value loss; 0 when the ratio guard acted
 * @param totalLoss policy loss + coefficient * value loss
 * @param entropy mean entropy in nats of the new policy, NaN when it was not computed. TRL 1.x: over all positions
 * @param approxKl half the mean squared change of log-probabilities. TRL 1.x: over all positions
 * @param policyKl masked mean of old - new log-probability; the epochs stop on it
 * @param clipFraction share of response tokens whose policy loss is clipped
 * @param valueClipFraction share of values whose loss is clipped
 * @param advantagesMean masked mean of the advantages
 * @param ratioMean mean of new / old probability, masked. TRL 1.x: over all positions, where padding is 1
 * @param ratioMax largest ratio of a response token
 * @param returnsMean masked mean of the returns
 * @param returnsVariance unbiased masked variance of the returns
 * @param valuePrediction masked mean of the new values
 * @param valueError masked mean of (new value - return)^2
 * @param valueMean masked mean of the old values
 * @param valueVariance unbiased masked variance of the old values
 * @param guarded whether the ratio guard set the losses to 0
 */
public record PpoStatistics(
        double policyLoss,
        double valueLoss,
        double totalLoss,
        double entropy,
        double approxKl,
        double policyKl,
        double clipFraction,
        double valueClipFraction,
        double advantagesMean,
        double ratioMean,
        double ratioMax,
        double returnsMean,
        double returnsVariance,
        double valuePrediction,
        double valueError,
        double valueMean,
        double valueVariance,
        boolean guarded) {

    /** 1 - error / variance of the returns: how much of the returns the values explain; NaN when the returns do not vary. */
    public double varianceExplained() {
        return returnsVariance == 0 ? Double.NaN : 1 - valueError / returnsVariance;
    }

    /** The numbers under TRL's metric names, in a fixed order; the entropy only if it was computed. */
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("ppo/loss/policy", policyLoss);
        metrics.put("ppo/loss/value", valueLoss);
        metrics.put("ppo/loss/total", totalLoss);
        if (!Double.isNaN(entropy)) {
            metrics.put("ppo/policy/entropy", entropy);
        }
        metrics.put("ppo/policy/approxkl", approxKl);
        metrics.put("ppo/policy/policykl", policyKl);
        metrics.put("ppo/policy/clipfrac", clipFraction);
        metrics.put("ppo/policy/advantages_mean", advantagesMean);
        metrics.put("ppo/policy/ratio", ratioMean);
        metrics.put("ppo/policy/ratio_max", ratioMax);
        metrics.put("ppo/returns/mean", returnsMean);
        metrics.put("ppo/returns/var", returnsVariance);
        metrics.put("ppo/val/vpred", valuePrediction);
        metrics.put("ppo/val/error", valueError);
        metrics.put("ppo/val/clipfrac", valueClipFraction);
        metrics.put("ppo/val/mean", valueMean);
        metrics.put("ppo/val/var", valueVariance);
        metrics.put("ppo/val/var_explained", varianceExplained());
        return metrics;
    }

    /**
     * The plain mean over mini-batches, as TRL averages its statistics; the largest ratio is the largest of all, and one guarded
     * mini-batch marks the whole.
     *
     * @throws IllegalArgumentException if the list is empty
     */
    public static PpoStatistics mean(List<PpoStatistics> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("no statistics to average");
        }
        return new PpoStatistics(
                mean(parts, PpoStatistics::policyLoss),
                mean(parts, PpoStatistics::valueLoss),
                mean(parts, PpoStatistics::totalLoss),
                mean(parts, PpoStatistics::entropy),
                mean(parts, PpoStatistics::approxKl),
                mean(parts, PpoStatistics::policyKl),
                mean(parts, PpoStatistics::clipFraction),
                mean(parts, PpoStatistics::valueClipFraction),
                mean(parts, PpoStatistics::advantagesMean),
                mean(parts, PpoStatistics::ratioMean),
                parts.stream().mapToDouble(PpoStatistics::ratioMax).max().orElseThrow(),
                mean(parts, PpoStatistics::returnsMean),
                mean(parts, PpoStatistics::returnsVariance),
                mean(parts, PpoStatistics::valuePrediction),
                mean(parts, PpoStatistics::valueError),
                mean(parts, PpoStatistics::valueMean),
                mean(parts, PpoStatistics::valueVariance),
                parts.stream().anyMatch(PpoStatistics::guarded));
    }

    private static double mean(List<PpoStatistics> parts, ToDoubleFunction<PpoStatistics> of) {
        double sum = 0;
        for (PpoStatistics part : parts) {
            sum += of.applyAsDouble(part);
        }
        return sum / parts.size();
    }
}
