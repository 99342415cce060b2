package dev.trefoil.doctor;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A loss that is no number teaches nothing; the step is skipped. */
final class NotFinite implements LiveRule {

    static final Advice ADVICE = new Advice(
            "not_finite",
            Severity.WARN,
            "numbers too large for the precision, a broken weight, or a sample without a label",
            "lower optim.learning_rate, clip by optim.max_grad_norm: 1, set engine.compute: fp32 to see "
                    + "whether precision is the cause",
            "trl#1199, LLaMA-Factory#551, Baichuan2#48");

    private static final List<String> LOSSES =
            List.of("loss", "eval_loss", "ppo/loss/policy", "ppo/loss/value", "ppo/loss/total");

    private double skippedBefore;

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        double skipped = metrics.getOrDefault("skipped_steps", skippedBefore);
        double more = skipped - skippedBefore;
        skippedBefore = skipped;
        if (more > 0) {
            return Optional.of(String.format(
                    Locale.ROOT, "%.0f steps were skipped because loss or gradient was not finite, wanted none", more));
        }
        for (String name : LOSSES) {
            Double value = metrics.get(name);
            if (value != null && !Double.isFinite(value)) {
                return Optional.of(name + " is not finite, wanted a number");
            }
        }
        return Optional.empty();
    }
}
