package dev.trefoil.rl;

/**
 * The numbers of the PPO formulas. Defaults of {@link #trlClassic()} are those of TRL's {@code PPOConfig} (v0.7 to v0.11).
 *
 * @param gamma discount, 0 to 1
 * @param lambda decay of generalised advantage estimation, 0 to 1 ({@code lam} in TRL)
 * @param whitenRewards whether per-token rewards are whitened, keeping their mean, before the advantages
 * @param variance the divisor of every whitening
 * @param clipRange how far the ratio may leave 1, above 0 ({@code cliprange})
 * @param clipRangeValue how far a new value may leave the old one, above 0 ({@code cliprange_value})
 * @param valueCoefficient weight of the value loss in the total ({@code vf_coef})
 * @param ratioThreshold losses are multiplied by 0 when the mean ratio is above it; infinity switches the guard off
 */
public record PpoSettings(
        double gamma,
        double lambda,
        boolean whitenRewards,
        MaskedStatistics.Variance variance,
        double clipRange,
        double clipRangeValue,
        double valueCoefficient,
        double ratioThreshold) {

    public PpoSettings {
        require(gamma >= 0 && gamma <= 1, "gamma", gamma, "between 0 and 1");
        require(lambda >= 0 && lambda <= 1, "lambda", lambda, "between 0 and 1");
        require(clipRange > 0, "clipRange", clipRange, "above 0");
        require(clipRangeValue > 0, "clipRangeValue", clipRangeValue, "above 0");
        require(valueCoefficient >= 0, "valueCoefficient", valueCoefficient, "at least 0");
        require(ratioThreshold > 0, "ratioThreshold", ratioThreshold, "above 0");
    }

    /** TRL v0.7 to v0.11: gamma 1, lambda 0.95, both clips 0.2, value weight 0.1, ratio guard 10. */
    public static PpoSettings trlClassic() {
        return new PpoSettings(1, 0.95, false, MaskedStatistics.Variance.UNBIASED, 0.2, 0.2, 0.1, 10);
    }

    /** TRL v1.0: the same numbers without a ratio guard. */
    public static PpoSettings trlV1() {
        return new PpoSettings(
                1, 0.95, false, MaskedStatistics.Variance.UNBIASED, 0.2, 0.2, 0.1, Double.POSITIVE_INFINITY);
    }

    private static void require(boolean holds, String name, double value, String wanted) {
        if (!holds) {
            throw new IllegalArgumentException(name + ": must be " + wanted + ", was " + value);
        }
    }
}
