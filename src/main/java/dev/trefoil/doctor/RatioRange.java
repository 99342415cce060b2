package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The ratio of new to old probability says how far one rollout has moved the policy. */
final class RatioRange implements LiveRule {

    static final Advice ADVICE = new Advice(
            "ratio",
            Severity.WARN,
            "steps too large within one rollout, or old and new log-probabilities that are computed in two ways",
            "lower optim.learning_rate, take fewer ppo.ppo_epochs, set ppo.target_kl: 0.1 or optim.max_grad_norm: 1",
            "trl#1347, trl#1031, trl#101, trl#488");

    private static final double LOWEST = 0.5;
    private static final double HIGHEST = 2;

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        Double mean = metrics.get("ppo/policy/ratio");
        Double first = metrics.get("ppo/policy/ratio_first");
        double guarded = metrics.getOrDefault("ppo/policy/guarded", 0.0);
        if (guarded > 0) {
            return Optional.of(String.format(
                    Locale.ROOT, "%.0f mini-batches were left out for their ratio, wanted none", guarded));
        }
        if (first != null && first != 1) {
            return Optional.of(String.format(
                    Locale.ROOT, "the ratio before any update of the rollout is %.6g, wanted exactly 1", first));
        }
        return mean != null && !(mean >= LOWEST && mean <= HIGHEST)
                ? Optional.of(String.format(
                        Locale.ROOT, "the mean ratio is %.3g, wanted %.1f to %.0f", mean, LOWEST, HIGHEST))
                : Optional.empty();
    }
}
