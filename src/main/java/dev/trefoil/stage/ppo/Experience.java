package dev.trefoil.stage.ppo;

import dev.trefoil.rl.Advantages;
import dev.trefoil.rl.MaskedStatistics;
import dev.trefoil.rl.Rewards;
import dev.trefoil.rl.Trajectory;

/**
 * A judged rollout: all that stays fixed while the epochs go over it. Shapes: B sequences, T columns.
 *
 * @param sequences [B] prompts and responses
 * @param axis what a column means
 * @param trajectory [B, T] old and reference log-probabilities, old values, masks
 * @param entropies [B, T] of the old policy's next-token distributions
 * @param rewards [B, T] KL and rewards token by token
 * @param advantages [B, T] and returns
 */
public record Experience(
        Sequences sequences,
        TimeAxis axis,
        Trajectory trajectory,
        double[][] entropies,
        Rewards rewards,
        Advantages advantages) {

    /** Mean over the response tokens. */
    double tokenMean(double[][] numbers) {
        return MaskedStatistics.mean(numbers, trajectory.policyMask());
    }

    /** The largest absolute KL of a response token. */
    double largestKl() {
        double largest = 0;
        for (int i = 0; i < trajectory.size(); i++) {
            for (int t = 0; t < axis.columns(); t++) {
                double kl = trajectory.logProbs()[i][t] - trajectory.referenceLogProbs()[i][t];
                largest = trajectory.policyMask()[i][t] ? Math.max(largest, Math.abs(kl)) : largest;
            }
        }
        return largest;
    }
}
