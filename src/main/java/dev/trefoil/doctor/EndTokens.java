package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Optional;

/**
 * A model that is never taught an end does not stop.
 *
 * @param ended samples whose last label is the end token
 * @param samples all of them
 */
public record EndTokens(long ended, long samples) implements Check {

    static final Advice ADVICE = new Advice(
            "end_tokens",
            Severity.WARN,
            "packing.eos is off, or the texts are longer than a row and lose their end, or pad and end "
                    + "token were one id where labels were made",
            "set packing.eos: true, raise packing.length, or set packing.keep: end; wanted only if "
                    + "responses are cut by length anyway",
            "trl#976, trl#1623, trl#734, trl#931, trl#3083, trl#3091");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return samples == 0 || 2 * ended >= samples
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%,d of %,d samples (%.0f %%) end with the end token as a label, wanted at least "
                                + "half: the model would not "
                                + "learn to stop",
                        ended,
                        samples,
                        100.0 * ended / samples));
    }
}
