package dev.trefoil.rl;

import java.util.Arrays;

/**
 * The clipped PPO losses of one mini-batch and their gradients. Shapes [B, T].
 *
 * @param logProbGradient dTotal / d(new log-probability), 0 outside the policy mask
 * @param valueGradient dTotal / d(new value), 0 outside the value mask; the value coefficient is in it
 * @param ratio new / old probability
 * @param statistics the losses and what TRL logs with them
 */
public record PpoLoss(
        double[][] logProbGradient, double[][] valueGradient, double[][] ratio, PpoStatistics statistics) {

    /**
     * policy = mean of max(-A r, -A clip(r, 1 - c, 1 + c)); value = 0.5 mean of max((V - R)^2, (clip(V, V_old - d, V_old + d) -
     * R)^2); total = policy + coefficient * value. If the mean ratio is above the threshold, or is not a number, losses and
     * gradients are 0 (TRL pull request 488).
     *
     * <p>Source: TRL v0.11.4 {@code PPOTrainer.loss}; TRL v1.0 the inner loop of {@code train}; Schulman et al.,
     * https://arxiv.org/abs/1707.06347, equation 7.
     *
     * @param newLogProbs [B, T] of the policy being trained
     * @param newValues [B, T] of the value head being trained
     * @param entropy [B, T] entropy of the new policy per position, or null if it was not computed
     */
    public static PpoLoss of(
            PpoSettings settings,
            Trajectory trajectory,
            Advantages advantages,
            double[][] newLogProbs,
            double[][] newValues,
            double[][] entropy) {
        BatchTime.requireShape("new log-probabilities", newLogProbs, trajectory.policyMask());
        BatchTime.requireShape("new values", newValues, trajectory.valueMask());
        double[][] logProbs = trajectory.comparable(newLogProbs);
        double[][] values = trajectory.comparableValues(newValues);
        PolicyPart policy = PolicyPart.of(settings, trajectory, advantages.advantages(), logProbs);
        ValuePart value = ValuePart.of(settings, trajectory, advantages.returns(), values);
        double ratioMean = trajectory.era() == Era.CLASSIC
                ? MaskedStatistics.mean(policy.ratio(), trajectory.policyMask())
                : MaskedStatistics.mean(policy.ratio());
        boolean guarded = !(ratioMean <= settings.ratioThreshold());
        if (guarded) {
            policy = policy.silenced();
            value = value.silenced();
        }
        PpoStatistics statistics = statistics(
                settings, trajectory, advantages, logProbs, values, entropy, policy, value, ratioMean, guarded);
        return new PpoLoss(policy.gradient(), value.gradient(), policy.ratio(), statistics);
    }

    /**
     * The gradients of this part as a share of a larger mini-batch that does not fit in memory at once. With the shares of tokens
     * (this part's {@link Trajectory#policyTokens()} and {@link Trajectory#valueTokens()} over the mini-batch's) the parts add up to
     * the gradients of the whole.
     */
    public PpoLoss weighted(double policyShare, double valueShare) {
        return new PpoLoss(times(logProbGradient, policyShare), times(valueGradient, valueShare), ratio, statistics);
    }

    private static double[][] times(double[][] x, double factor) {
        double[][] result = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            result[i] = Arrays.stream(x[i]).map(value -> value * factor).toArray();
        }
        return result;
    }

    private static PpoStatistics statistics(
            PpoSettings settings,
            Trajectory trajectory,
            Advantages advantages,
            double[][] logProbs,
            double[][] values,
            double[][] entropy,
            PolicyPart policy,
            ValuePart value,
            double ratioMean,
            boolean guarded) {
        boolean[][] mask = trajectory.policyMask();
        boolean[][] valueMask = trajectory.valueMask();
        boolean classic = trajectory.era() == Era.CLASSIC;
        double[][] change = difference(trajectory.logProbs(), logProbs);
        double[][] squared = squared(change);
        double[][] error = squared(difference(values, advantages.returns()));
        double entropyMean = entropy == null
                ? Double.NaN
                : classic ? MaskedStatistics.mean(entropy, mask) : MaskedStatistics.mean(entropy);
        return new PpoStatistics(
                policy.loss(),
                value.loss(),
                policy.loss() + settings.valueCoefficient() * value.loss(),
                entropyMean,
                0.5 * (classic ? MaskedStatistics.mean(squared, mask) : MaskedStatistics.mean(squared)),
                MaskedStatistics.mean(change, mask),
                policy.clipFraction(),
                value.clipFraction(),
                MaskedStatistics.mean(advantages.advantages(), mask),
                ratioMean,
                largest(policy.ratio(), mask),
                MaskedStatistics.mean(advantages.returns(), valueMask),
                MaskedStatistics.variance(advantages.returns(), valueMask),
                MaskedStatistics.mean(values, valueMask),
                MaskedStatistics.mean(error, valueMask),
                MaskedStatistics.mean(trajectory.values(), valueMask),
                MaskedStatistics.variance(trajectory.values(), valueMask),
                guarded);
    }

    private static double[][] difference(double[][] a, double[][] b) {
        double[][] result = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            result[i] = new double[a[i].length];
            for (int t = 0; t < a[i].length; t++) {
                result[i][t] = a[i][t] - b[i][t];
            }
        }
        return result;
    }

    private static double[][] squared(double[][] x) {
        double[][] result = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            result[i] = new double[x[i].length];
            for (int t = 0; t < x[i].length; t++) {
                result[i][t] = x[i][t] * x[i][t];
            }
        }
        return result;
    }

    private static double largest(double[][] x, boolean[][] mask) {
        double largest = 0;
        for (int i = 0; i < x.length; i++) {
            for (int t = 0; t < x[i].length; t++) {
                largest = mask[i][t] ? Math.max(largest, x[i][t]) : largest;
            }
        }
        return largest;
    }
}
