package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Optional;

/**
 * A reward model must score the texts that it is known by as it did when it was made.
 *
 * @param name of the model
 * @param texts how many it is known by
 * @param error largest one of a score, NaN if a score is none
 * @param allowed largest that rounding explains
 */
public record RewardGolden(String name, int texts, double error, double allowed) implements Check {

    static final Advice ADVICE = new Advice(
            "reward_golden",
            Severity.STOP,
            "the head was not saved or not loaded, the base or its precision is another one, or scores "
                    + "depend on the batch",
            "take the reward artifact that was trained on this base, with the engine settings of its "
                    + "stage, or run the reward stage again",
            "trl#1379, peft#310, peft#577, OpenRLHF#1342, trl#471, trl#368");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return texts == 0 || error <= allowed
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "reward model %s scores one of its %d golden texts off by %.4g, wanted at most %.2g",
                        name,
                        texts,
                        error,
                        allowed));
    }
}
