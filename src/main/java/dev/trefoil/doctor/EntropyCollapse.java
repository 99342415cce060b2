package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A policy without entropy samples one text for ever. */
final class EntropyCollapse implements LiveRule {

    static final Advice ADVICE = new Advice(
            "entropy_collapse",
            Severity.WARN,
            "the reward pays for one phrase, and the KL penalty is too small to hold the policy",
            "raise ppo.kl.coef, lower optim.learning_rate, look at samples.jsonl for the phrase that is repeated",
            "trl#204, trl#242; the StackLLaMA blog's back-ticks");

    private static final double SHARE = 0.15;
    private static final double LOWEST = 0.02;

    private final Course entropy = new Course(3);

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        entropy.add(metrics.get("ppo/policy/entropy"));
        return entropy.hasMoved() && entropy.last() < Math.max(LOWEST, SHARE * entropy.first())
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "the entropy of a token is %.3g nats, %.3g in the first steps, wanted at least "
                                + "%.0f %% of that",
                        entropy.last(),
                        entropy.first(),
                        100 * SHARE))
                : Optional.empty();
    }
}
