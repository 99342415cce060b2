package dev.trefoil.data;

import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * What became of the rows of a data file.
 *
 * @param source the files, as named in the config
 * @param read rows read
 * @param kept samples handed on
 * @param dropped rows dropped, by reason
 */
public record DataReport(String source, long read, long kept, List<Dropped> dropped) {

    /**
     * Rows dropped for one reason.
     *
     * @param firstRows where the first of them stand
     */
    public record Dropped(String reason, long count, List<String> firstRows) {

        public Dropped {
            firstRows = List.copyOf(firstRows);
        }
    }

    public DataReport {
        dropped = List.copyOf(dropped);
    }

    /** One line for people. */
    public String describe() {
        StringJoiner reasons = new StringJoiner("; ");
        for (Dropped drop : dropped) {
            String where = drop.firstRows().isEmpty() ? "" : " (" + String.join(", ", drop.firstRows()) + ")";
            reasons.add(String.format(Locale.ROOT, "%,d %s%s", drop.count(), drop.reason(), where));
        }
        return String.format(Locale.ROOT, "%s: %,d rows read, %,d kept", source, read, kept)
                + (dropped.isEmpty() ? "" : "; dropped: " + reasons);
    }
}
