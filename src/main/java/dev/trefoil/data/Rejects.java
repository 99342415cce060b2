package dev.trefoil.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** Counts rows that cannot be used and lists them in a file: one object a line with file, row, reason and detail. */
public final class Rejects implements BadRows, AutoCloseable {

    private static final int ROWS_NAMED = 3;

    private final Path list;
    private final boolean strict;
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final Map<String, List<String>> first = new LinkedHashMap<>();
    private RowWriter writer;

    /**
     * @param list where to list them; not made when there is none to list
     * @param strict whether the first one is an error
     */
    public Rejects(Path list, boolean strict) {
        this.list = list;
        this.strict = strict;
    }

    @Override
    public void add(BadRow row) {
        if (strict) {
            throw row.error();
        }
        counts.merge(row.reason(), 1L, Long::sum);
        List<String> named = first.computeIfAbsent(row.reason(), reason -> new ArrayList<>());
        if (named.size() < ROWS_NAMED) {
            named.add(row.file().getFileName() + ":" + row.row());
        }
        if (writer == null) {
            writer = RowWriter.open(list, Format.JSON);
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("file", row.file().toString());
        line.put("row", row.row());
        line.put("reason", row.reason());
        line.put("detail", row.detail().replaceFirst("^[:;,. ]+", ""));
        writer.write(line);
    }

    public long count() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Rows by reason. */
    public Map<String, Long> counts() {
        return Collections.unmodifiableMap(counts);
    }

    /** The list gets its name; an older one of that name goes when there is nothing to list. */
    public void commit() {
        if (writer != null) {
            writer.commit();
        } else {
            try {
                Files.deleteIfExists(list);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** One line for people, empty when there was none. */
    public String describe(Path where) {
        if (counts.isEmpty()) {
            return "";
        }
        StringJoiner reasons = new StringJoiner("; ");
        counts.forEach((reason, count) -> reasons.add(
                String.format(Locale.ROOT, "%,d %s (%s)", count, reason, String.join(", ", first.get(reason)))));
        return String.format(Locale.ROOT, "rows left out: %,d: %s; listed in %s", count(), reasons, where);
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }
}
