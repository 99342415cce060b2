package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Optional;

/**
 * The first mini-batch is read twice by one policy, once without and once with what training keeps.
 *
 * @param largestLogRatio of a token, new to old policy, before any update
 */
public record StartRatio(double largestLogRatio) implements Check {

    static final Advice ADVICE = new Advice(
            "ratio_at_start",
            Severity.STOP,
            "dropout is on, the pass for training does not compute what the pass for reading does, or the "
                    + "engine does not repeat its own results",
            "try engine.compute: fp32, or one thread (OMP_NUM_THREADS=1), and report the machine",
            "trl#1347, trl#1031, trl#101");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return largestLogRatio == 0
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "step 0: the ratio of new to old probability is up to %.6g in the first mini-batch "
                                + "before any update, "
                                + "wanted exactly 1",
                        Math.exp(largestLogRatio)));
    }
}
