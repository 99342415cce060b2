package dev.trefoil.optim;

/**
 * The numbers of Adam with decoupled weight decay.
 *
 * @param beta1 decay of the first moment, 0 to below 1
 * @param beta2 decay of the second moment, 0 to below 1
 * @param epsilon added to the divisor, at least 0
 * @param weightDecay decoupled: weights shrink by learningRate * weightDecay a step, at least 0
 * @param epsilonMode where the epsilon enters
 */
public record AdamSettings(double beta1, double beta2, double epsilon, double weightDecay, EpsilonMode epsilonMode) {

    /** Where the epsilon enters; the two differ most in the first steps. */
    public enum EpsilonMode {
        /** m^ / (sqrt(v^) + eps), with bias-corrected moments: {@code torch.optim.AdamW}. */
        TORCH,
        /**
         * m / (sqrt(v) + eps) with the bias correction in the rate: TensorFlow, and so OpenAI's 2019 code; an epsilon that is
         * larger in effect at first.
         */
        TF
    }

    public AdamSettings {
        require(beta1 >= 0 && beta1 < 1, "beta1: must be at least 0 and below 1, was " + beta1);
        require(beta2 >= 0 && beta2 < 1, "beta2: must be at least 0 and below 1, was " + beta2);
        require(epsilon >= 0, "epsilon: must be at least 0, was " + epsilon);
        require(weightDecay >= 0, "weight decay: must be at least 0, was " + weightDecay);
    }

    /** torch's numbers without weight decay: betas 0.9 and 0.999, epsilon 1e-8. */
    public static AdamSettings defaults() {
        return new AdamSettings(0.9, 0.999, 1e-8, 0, EpsilonMode.TORCH);
    }

    /** The same with another weight decay. */
    public AdamSettings withWeightDecay(double decay) {
        return new AdamSettings(beta1, beta2, epsilon, decay, epsilonMode);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
