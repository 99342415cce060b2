package dev.trefoil.rl;

/**
 * Proportional control of the KL coefficient: value *= 1 + clip(kl / target - 1, -0.2, 0.2) * samples / horizon. Source: Ziegler
 * et al., https://arxiv.org/abs/1909.08593, section 2.2; TRL {@code AdaptiveKLController}.
 *
 * @param value the coefficient, at least 0 (TRL starts at 0.2)
 * @param target the objective KL to hold, above 0 (TRL: 6)
 * @param horizon samples over which a full error changes the coefficient by a fifth, above 0 (TRL: 10000)
 */
public record AdaptiveKl(double value, double target, double horizon) implements KlController {

    private static final double LARGEST_ERROR = 0.2;

    public AdaptiveKl {
        require(value >= 0, "kl coefficient: must be at least 0, was " + value);
        require(target > 0, "kl target: must be above 0, was " + target);
        require(horizon > 0, "kl horizon: must be above 0, was " + horizon);
    }

    @Override
    public AdaptiveKl after(double objectiveKl, long samples) {
        double error = Math.min(Math.max(objectiveKl / target - 1, -LARGEST_ERROR), LARGEST_ERROR);
        return withValue(value * (1 + error * samples / horizon));
    }

    @Override
    public AdaptiveKl withValue(double value) {
        return new AdaptiveKl(value, target, horizon);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
