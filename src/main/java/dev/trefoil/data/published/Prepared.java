package dev.trefoil.data.published;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What was written.
 *
 * @param rows file to its rows
 * @param counts what else was counted on the way
 * @param leftOut rows that could not be used, by reason
 * @param rejects one line on them for people, empty when there were none
 */
public record Prepared(
        Path folder, Map<String, Long> rows, Map<String, Long> counts, Map<String, Long> leftOut, String rejects) {

    public Prepared {
        rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
        counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
        leftOut = Collections.unmodifiableMap(new LinkedHashMap<>(leftOut));
    }

    /** A few lines for people. */
    public String describe() {
        StringBuilder text = new StringBuilder();
        counts.forEach((what, count) -> text.append(String.format(Locale.ROOT, "%,12d %s%n", count, what)));
        rows.forEach((file, count) ->
                text.append(String.format(Locale.ROOT, "%,12d rows in %s%n", count, folder.resolve(file))));
        if (!rejects.isEmpty()) {
            text.append(rejects).append(System.lineSeparator());
        }
        return text.toString();
    }
}
