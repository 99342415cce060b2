package dev.trefoil.stage.ppo;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.rl.AdaptiveKl;
import dev.trefoil.rl.FixedKl;
import dev.trefoil.rl.KlController;
import dev.trefoil.rl.KlEstimator;

/** How departing from the reference is measured and priced. A null component takes the preset's value. */
public record KlOptions(
        @Doc("adaptive moves the coefficient towards the target; fixed keeps it (default by preset).")
        Controller controller,

        @Range(min = 0)
        @Doc("KL coefficient: price of one nat per token, at the start if adaptive (default by preset).")
        Double coef,

        @Range(min = 0, minExclusive = true)
        @Doc("Adaptive only: the summed KL of a response to hold, in nats (default by preset: 6).")
        Double target,

        @Range(min = 0, minExclusive = true)
        @Doc(
                "Adaptive only: episodes over which a full error moves the coefficient by a fifth (default by preset: 10000).")
        Double horizon,

        @Doc("Estimate of the KL of one token: k1 (log-ratio), abs, mse (half its square) or k3 (never negative).")
        Estimator estimator) {

    /** How the coefficient develops. */
    public enum Controller {
        ADAPTIVE,
        FIXED
    }

    /** Estimates that the log-probability of the sampled token determines. */
    public enum Estimator {
        K1(KlEstimator.K1),
        ABS(KlEstimator.ABS),
        MSE(KlEstimator.MSE),
        K3(KlEstimator.K3);

        private final KlEstimator formula;

        Estimator(KlEstimator formula) {
            this.formula = formula;
        }

        KlEstimator formula() {
            return formula;
        }
    }

    public KlOptions {
        if (coef != null && !(coef >= 0)) {
            throw new IllegalArgumentException("coef: must be at least 0, was " + coef);
        }
        if (target != null && !(target > 0)) {
            throw new IllegalArgumentException(
                    "target: must be above 0, was " + target + "; adaptive KL needs a target (TRL classic: 6)");
        }
        if (horizon != null && !(horizon > 0)) {
            throw new IllegalArgumentException(
                    "horizon: must be above 0, was " + horizon + "; in episodes (TRL classic: 10000)");
        }
    }

    static KlOptions adaptive(double coef) {
        return new KlOptions(Controller.ADAPTIVE, coef, 6.0, 10000.0, Estimator.K1);
    }

    static KlOptions fixed(double coef) {
        return new KlOptions(Controller.FIXED, coef, 6.0, 10000.0, Estimator.K1);
    }

    KlOptions filled(KlOptions preset) {
        return new KlOptions(
                controller != null ? controller : preset.controller,
                coef != null ? coef : preset.coef,
                target != null ? target : preset.target,
                horizon != null ? horizon : preset.horizon,
                estimator != null ? estimator : preset.estimator);
    }

    /** The controller at the start of a run. */
    KlController start() {
        return controller == Controller.FIXED ? new FixedKl(coef) : new AdaptiveKl(coef, target, horizon);
    }
}
