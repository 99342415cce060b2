package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** KL is never negative; its estimate from samples may be by a little, from a few of them. */
final class NegativeKl implements LiveRule {

    static final Advice ADVICE = new Advice(
            "negative_kl",
            Severity.WARN,
            "samples that are not the policy's own (top_k, top_p, min_new_tokens, a penalty), a "
                    + "temperature used in one place only, or padding in the sums",
            "sample plainly; if it is so already, set ppo.kl.estimator: k3, which is never negative, and "
                    + "raise ppo.batch_size",
            "trl#925, trl#1005, trl#1161, trl#1857, trl#352; LLaMA-Factory#664, #1833, #3902");

    /** TRL warns there. */
    private static final double LOWEST = -1;

    private static final double LOWEST_MEAN = -0.5;

    private final Course kl = new Course(5);

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        Double now = metrics.get("objective/kl");
        kl.add(now);
        boolean one = now != null && now < LOWEST;
        return one || kl.isFull() && kl.last() < LOWEST_MEAN
                ? Optional.of(String.format(
                        Locale.ROOT, "objective/kl is %.3g nats a response, wanted at least 0 but for chance", now))
                : Optional.empty();
    }
}
