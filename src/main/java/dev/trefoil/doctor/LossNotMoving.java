package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Training that changes nothing looks like training. */
final class LossNotMoving implements LiveRule {

    static final Advice ADVICE = new Advice(
            "loss_not_moving",
            Severity.WARN,
            "a learning rate far too low, no gradient in the adapter, labels that are all masked, or pairs "
                    + "that are the same on both sides",
            "raise optim.learning_rate (adapters want about 2e-4), run `trefoil doctor` on the file, look "
                    + "at the data with `trefoil inspect`",
            "trl#6701, trl#937, RewardModeling#49, peft#137, LLaMA-Factory#3902");

    private static final double LEAST_CHANGE = 0.005;
    private static final int STEPS_WITHOUT_GRADIENT = 3;
    private static final int LEAST_STEPS = 60;
    /** Where a reward model that prefers nothing stands: -ln sigmoid(0). */
    private static final double UNDECIDED = Math.log(2);

    private final Course loss = new Course(20);
    private int withoutGradient;

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        Double gradient = metrics.get("grad_norm");
        withoutGradient = gradient == null ? withoutGradient : gradient == 0 ? withoutGradient + 1 : 0;
        if (withoutGradient >= STEPS_WITHOUT_GRADIENT) {
            return Optional.of("the gradient is exactly 0 in " + withoutGradient + " steps in a row, wanted one");
        }
        loss.add(metrics.get("loss"));
        if (loss.count() < LEAST_STEPS) {
            return Optional.empty();
        }
        boolean undecided = metrics.containsKey("accuracy") && Math.abs(loss.last() - UNDECIDED) < LEAST_CHANGE;
        boolean still = Math.abs(loss.last() - loss.first()) < LEAST_CHANGE * Math.abs(loss.first());
        return undecided || still
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "the loss is %.4f over the last 20 log lines and was %.4f over the first 20, wanted a fall%s",
                        loss.last(),
                        loss.first(),
                        undecided ? "; ln 2 = 0.6931 means that no text is preferred" : ""))
                : Optional.empty();
    }
}
