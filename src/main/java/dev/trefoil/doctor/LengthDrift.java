package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A length that doubles or halves often explains a reward that rises. */
final class LengthDrift implements LiveRule {

    static final Advice ADVICE = new Advice(
            "length_drift",
            Severity.WARN,
            "the reward model prefers long (or short) texts, or the policy has learned not to end, or to end at once",
            "compare with `trefoil eval reward`, which shows how far scores follow length; set "
                    + "ppo.missing_eos_penalty; raise ppo.kl.coef",
            "trl#976, LLaMA-Factory#3902; Singhal et al. 2023, A long way to go");

    private static final double FACTOR = 2;

    private final Course length = new Course(5);

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        length.add(metrics.get("tokens/responses_len_mean"));
        double factor = length.last() / length.first();
        return length.hasMoved() && (factor > FACTOR || factor < 1 / FACTOR)
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "the mean response has %.1f tokens, %.1f in the first steps, wanted half to double of that",
                        length.last(),
                        length.first()))
                : Optional.empty();
    }
}
