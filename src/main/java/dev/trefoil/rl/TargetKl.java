package dev.trefoil.rl;

/**
 * Ends the epochs over a rollout once the policy has moved too far. Source: TRL v0.11.4 {@code PPOTrainer._early_stop}.
 *
 * @param target the KL to stay near; infinity never stops (TRL: 1, StackLLaMA 0.1)
 */
public record TargetKl(double target) {

    private static final double TOLERANCE = 1.5;

    public TargetKl {
        if (!(target > 0)) {
            throw new IllegalArgumentException("target KL: must be above 0, was " + target);
        }
    }

    /**
     * Whether this mini-batch's gradients are to be dropped and the epochs ended: policykl above 1.5 * target.
     *
     * @param policyKl {@link PpoStatistics#policyKl()}
     */
    public boolean isExceeded(double policyKl) {
        return policyKl > TOLERANCE * target;
    }
}
