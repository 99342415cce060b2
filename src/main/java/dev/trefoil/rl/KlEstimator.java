package dev.trefoil.rl;

import java.util.Locale;

/**
 * Estimates of KL(policy || reference) for one token from d = log p - log p_ref of the sampled token, by the names of TRL
 * ({@code kl_penalty} up to v0.11, {@code kl_estimator} from v0.17).
 *
 * <p>Source: TRL v0.11.4 {@code PPOTrainer._kl_penalty}, TRL v1.0 {@code ppo_trainer.py}, and J. Schulman, "Approximating KL
 * divergence" (http://joschu.net/blog/kl-approx.html), which names k1, k2 and k3.
 */
public enum KlEstimator {
    /** d: unbiased, high variance, may be negative. "kl" in classic TRL. */
    K1("k1", "kl"),
    /** |d|. */
    ABS("abs", "abs"),
    /** d^2 / 2; k2 of Schulman. */
    MSE("mse", "k2"),
    /** exp(-d) - 1 + d: unbiased and never negative. */
    K3("k3", "k3"),
    /** The exact sum over the vocabulary, p (log p - log p_ref): needs logits, see {@link LogitFormulas#kl}. */
    FULL("full", "full");

    private final String published;
    private final String alias;

    KlEstimator(String published, String alias) {
        this.published = published;
        this.alias = alias;
    }

    /** The name as users write it. */
    public String published() {
        return published;
    }

    /**
     * The estimator of a published name: k1 or kl, abs, mse or k2, k3, full.
     *
     * @throws IllegalArgumentException for any other name
     */
    public static KlEstimator of(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        for (KlEstimator estimator : values()) {
            if (estimator.published.equals(wanted) || estimator.alias.equals(wanted)) {
                return estimator;
            }
        }
        throw new IllegalArgumentException(
                "unknown KL estimator \"" + name + "\"; choose k1 (also kl), abs, mse (also k2), k3 or full");
    }

    /**
     * The estimate of one token.
     *
     * @throws IllegalStateException for {@link #FULL}, which log-probabilities of one token do not determine
     */
    public double of(double logProb, double referenceLogProb) {
        double d = logProb - referenceLogProb;
        return switch (this) {
            case K1 -> d;
            case ABS -> Math.abs(d);
            case MSE -> 0.5 * d * d;
            case K3 -> Math.expm1(-d) + d;
            case FULL -> throw new IllegalStateException("full KL needs the logits of both models");
        };
    }

    /**
     * The estimate of every position, padding too.
     *
     * @param logProbs [batch, time]
     * @param referenceLogProbs [batch, time]
     * @return [batch, time]
     */
    public double[][] perToken(double[][] logProbs, double[][] referenceLogProbs) {
        double[][] kl = new double[logProbs.length][];
        for (int i = 0; i < logProbs.length; i++) {
            kl[i] = new double[logProbs[i].length];
            for (int t = 0; t < kl[i].length; t++) {
                kl[i][t] = of(logProbs[i][t], referenceLogProbs[i][t]);
            }
        }
        return kl;
    }
}
