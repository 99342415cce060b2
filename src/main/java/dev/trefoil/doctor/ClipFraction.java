package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Where most tokens are clipped, most of the rollout no longer teaches anything. */
final class ClipFraction implements LiveRule {

    static final Advice ADVICE = new Advice(
            "clip_fraction",
            Severity.WARN,
            "the policy moves too far on one rollout",
            "lower optim.learning_rate or take fewer ppo.ppo_epochs; a larger ppo.mini_batch_size takes fewer steps",
            "The N implementation details of RLHF with PPO; trl#1347");

    private static final double HIGHEST = 0.4;

    private final Course share = new Course(3);

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        share.add(metrics.get("ppo/policy/clipfrac"));
        return share.isFull() && share.last() > HIGHEST
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "%.0f %% of the tokens were clipped in the last 3 steps, wanted at most 40 %%",
                        100 * share.last()))
                : Optional.empty();
    }
}
