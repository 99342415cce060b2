package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A value head that is worse than a constant adds noise to every advantage. */
final class ExplainedVariance implements LiveRule {

    static final Advice ADVICE = new Advice(
            "explained_variance",
            Severity.WARN,
            "the value head learns too slowly or too fast, or the scores change their scale",
            "raise ppo.vf_coef, set ppo.value_head: zero, scale the scores (ppo.score.scale: true), or use "
                    + "larger batches",
            "trl#1379, trl#488; The 37 implementation details of PPO");

    private static final double LOWEST = -0.5;

    private final Course explained = new Course(10);

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        explained.add(metrics.get("ppo/val/var_explained"));
        return explained.hasMoved() && explained.last() < LOWEST
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "ppo/val/var_explained is %.2f over the last 10 steps, wanted above 0 by now",
                        explained.last()))
                : Optional.empty();
    }
}
