package dev.trefoil.rl;

/**
 * Per-token rewards and what TRL logs about them.
 *
 * @param kl [B, T] the per-token KL estimate
 * @param perToken [B, T] -beta * KL, plus the score at its position
 * @param objectiveKl mean over samples of the summed KL: {@code objective/kl}, and what the KL controller follows
 * @param nonScoreReward {@code ppo/mean_non_score_reward}: classic the masked mean of -beta * KL, TRL 1.x the mean over samples of
 *     its sum
 * @param entropy mean over samples of the summed -log p: {@code objective/entropy}. TRL 1.x counts the 1 that it writes at
 *     padding; so does this
 */
public record Rewards(double[][] kl, double[][] perToken, double objectiveKl, double nonScoreReward, double entropy) {

    /**
     * R_t = -beta * KL_t, plus the score at one position. Source: TRL v0.11.4 {@code PPOTrainer.compute_rewards}; TRL v1.0 the
     * block "4. compute rewards".
     *
     * @param kl [B, T] of {@link KlEstimator#perToken} or {@link LogitFormulas#kl}
     * @param scores [B]
     * @param beta the KL coefficient, at least 0
     */
    public static Rewards of(Trajectory trajectory, double[][] kl, double[] scores, double beta) {
        boolean[][] mask = trajectory.policyMask();
        BatchTime.requireShape("kl", kl, mask);
        double[][] nonScore = scaled(kl, -beta);
        double[][] rewards = scaled(kl, -beta);
        for (int i = 0; i < rewards.length; i++) {
            rewards[i][trajectory.scoreAt()[i]] += scores[i];
        }
        double samples = Math.max(1, trajectory.size());
        boolean classic = trajectory.era() == Era.CLASSIC;
        double[][] surprise = scaled(trajectory.logProbs(), -1);
        return new Rewards(
                kl,
                rewards,
                (classic ? MaskedStatistics.sum(kl, mask) : total(kl)) / samples,
                classic ? MaskedStatistics.mean(nonScore, mask) : total(nonScore) / samples,
                (classic ? MaskedStatistics.sum(surprise, mask) : total(surprise)) / samples);
    }

    /** The same with the KL estimated from the log-probabilities of the trajectory; not for {@link KlEstimator#FULL}. */
    public static Rewards of(Trajectory trajectory, KlEstimator estimator, double[] scores, double beta) {
        return of(trajectory, estimator.perToken(trajectory.logProbs(), trajectory.referenceLogProbs()), scores, beta);
    }

    /**
     * Adds rewards that a reward model gives token by token; they count where the policy mask is true.
     *
     * @param tokenScores [B, T]
     */
    public Rewards plus(Trajectory trajectory, double[][] tokenScores) {
        BatchTime.requireShape("token scores", tokenScores, trajectory.policyMask());
        double[][] sum = scaled(perToken, 1);
        for (int i = 0; i < sum.length; i++) {
            for (int t = 0; t < sum[i].length; t++) {
                sum[i][t] += trajectory.policyMask()[i][t] ? tokenScores[i][t] : 0;
            }
        }
        return new Rewards(kl, sum, objectiveKl, nonScoreReward, entropy);
    }

    private static double[][] scaled(double[][] x, double factor) {
        double[][] result = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            result[i] = new double[x[i].length];
            for (int t = 0; t < x[i].length; t++) {
                result[i][t] = factor * x[i][t];
            }
        }
        return result;
    }

    private static double total(double[][] x) {
        double total = 0;
        for (double[] row : x) {
            for (double value : row) {
                total += value;
            }
        }
        return total;
    }
}
