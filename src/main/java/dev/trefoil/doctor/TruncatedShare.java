package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Optional;

/**
 * Texts that lose their end, or all that is to be learned, teach something else than was meant.
 *
 * @param lost samples cut or dropped for their length
 * @param samples all of them
 * @param key of the limit
 */
public record TruncatedShare(long lost, long samples, String key) implements Check {

    static final Advice ADVICE = new Advice(
            "truncated",
            Severity.WARN,
            "the texts are longer than the limit, often because the prompt takes most of it",
            "raise the limit (memory grows with it: trefoil plan), filter long texts out, or take shorter ones",
            "trl#1920, trl#1191, trl#1493, trl#1053");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return 5 * lost <= samples
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%,d of %,d samples (%.0f %%) were cut or dropped by %s, wanted at most 20 %%",
                        lost,
                        samples,
                        100.0 * lost / samples,
                        key));
    }
}
