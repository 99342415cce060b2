package dev.trefoil.rl;

/**
 * What the losses aim at. Shapes [B, T].
 *
 * @param rewards the rewards that entered, after masking and whitening
 * @param raw advantages before whitening
 * @param advantages whitened over the policy mask
 * @param returns raw advantages plus values
 */
public record Advantages(double[][] rewards, double[][] raw, double[][] advantages, double[][] returns) {

    /**
     * Masks, whitens if asked, and runs GAE. Source: TRL v0.11.4 {@code PPOTrainer.compute_advantages}; TRL v1.0 the blocks
     * "5. whiten rewards" and "6. compute advantages and returns".
     *
     * <p>Classic TRL does not mask again after whitening the rewards, so padding behind a response carries mean - mean / std
     * into the sums; this is kept, since numbers published with it depend on it. TRL 1.x sets padding to 0 both times.
     *
     * @param perToken [B, T] rewards
     */
    public static Advantages of(PpoSettings settings, Trajectory trajectory, double[][] perToken) {
        BatchTime.requireShape("rewards", perToken, trajectory.policyMask());
        boolean classic = trajectory.era() == Era.CLASSIC;
        boolean[][] policyMask = trajectory.policyMask();
        boolean[][] valueMask = trajectory.valueMask();
        double[][] rewards = classic ? MaskedStatistics.masked(perToken, policyMask) : perToken;
        if (settings.whitenRewards()) {
            rewards = MaskedStatistics.whiten(rewards, valueMask, true, settings.variance());
            rewards = classic ? rewards : MaskedStatistics.masked(rewards, valueMask);
        }
        double[][] raw = estimate(rewards, trajectory.values(), settings.gamma(), settings.lambda());
        double[][] whitened = MaskedStatistics.whiten(raw, policyMask, false, settings.variance());
        double[][] advantages = classic ? whitened : MaskedStatistics.masked(whitened, policyMask);
        return new Advantages(rewards, raw, advantages, sum(raw, trajectory.values()));
    }

    /**
     * Generalised advantage estimation (Schulman et al., https://arxiv.org/abs/1506.02438, equation 16): A_t = delta_t + gamma *
     * lambda * A_{t+1} with delta_t = r_t + gamma * V_{t+1} - V_t; the value behind the last position is 0.
     *
     * @param rewards [B, T]
     * @param values [B, T]
     * @return [B, T]
     */
    public static double[][] estimate(double[][] rewards, double[][] values, double gamma, double lambda) {
        double[][] advantages = new double[rewards.length][];
        for (int i = 0; i < rewards.length; i++) {
            int columns = rewards[i].length;
            advantages[i] = new double[columns];
            double next = 0;
            double nextValue = 0;
            for (int t = columns - 1; t >= 0; t--) {
                double delta = rewards[i][t] + gamma * nextValue - values[i][t];
                next = delta + gamma * lambda * next;
                nextValue = values[i][t];
                advantages[i][t] = next;
            }
        }
        return advantages;
    }

    /** The samples of a mini-batch, in the order given; rows are shared, not copied. */
    public Advantages rows(int... rows) {
        return new Advantages(
                BatchTime.rows(this.rewards, rows),
                BatchTime.rows(raw, rows),
                BatchTime.rows(advantages, rows),
                BatchTime.rows(returns, rows));
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] result = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            result[i] = new double[a[i].length];
            for (int t = 0; t < a[i].length; t++) {
                result[i][t] = a[i][t] + b[i][t];
            }
        }
        return result;
    }
}
