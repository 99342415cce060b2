package dev.trefoil.token;

import dev.trefoil.UserError;
import java.util.List;
import java.util.Locale;

/**
 * Rows made from samples, and what became of the samples.
 *
 * @param samples samples used, dropped ones included
 * @param tokens tokens of all rows
 * @param labels tokens that count
 * @param cut samples that lost tokens because they were longer than a row
 * @param samplesWithoutLabels samples dropped because nothing in them would be learned
 * @param rowsWithoutLabels rows dropped for the same reason
 * @param ended samples whose last label is the end token
 */
public record Packed(
        List<TokenRow> rows,
        int samples,
        long tokens,
        long labels,
        int cut,
        int samplesWithoutLabels,
        int rowsWithoutLabels,
        int ended) {

    public Packed {
        rows = List.copyOf(rows);
    }

    /** @throws UserError when no row is left to learn from */
    public Packed requireRows() {
        if (rows.isEmpty()) {
            throw UserError.data("no token is left to learn from: " + describe()
                    + "; prompts may be longer than a row (raise length, or keep: end) or completions empty");
        }
        return this;
    }

    /** One line for people. */
    public String describe() {
        String text = String.format(
                Locale.ROOT,
                "%,d samples, %,d rows, %,d tokens, %,d of them labels; %,d samples end with the end token",
                samples,
                rows.size(),
                tokens,
                labels,
                ended);
        return text
                + (cut == 0 ? "" : String.format(Locale.ROOT, "; %,d samples cut", cut))
                + (samplesWithoutLabels == 0
                        ? ""
                        : String.format(Locale.ROOT, "; %,d samples without labels dropped", samplesWithoutLabels))
                + (rowsWithoutLabels == 0
                        ? ""
                        : String.format(Locale.ROOT, "; %,d rows without labels dropped", rowsWithoutLabels));
    }
}
