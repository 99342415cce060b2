package dev.trefoil.data;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One row of a data file.
 *
 * @param file the file it stands in
 * @param number counted from 1: the line in a JSON Lines file, else the row without the header
 * @param values column to value in the file's order: String, Number, Boolean, List, Map or null
 */
public record Row(Path file, long number, Map<String, Object> values) {

    public Row {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** File and row for the beginning of a message. */
    public String where() {
        return file + " row " + number;
    }

    boolean has(String column) {
        return values.containsKey(column);
    }

    /**
     * The value as text; null when it is null.
     *
     * @throws UserError when the value is a list or an object
     */
    String text(String column) {
        Object value = values.get(column);
        if (value instanceof Iterable || value instanceof Map) {
            String found = value instanceof Map ? "an object" : "a list";
            throw UserError.data(where() + ": column `" + column + "` holds " + found
                    + ", wanted text; name another column" + " under `columns:` or flatten the file");
        }
        return value == null ? null : value.toString();
    }
}
