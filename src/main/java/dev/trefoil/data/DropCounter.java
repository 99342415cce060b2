package dev.trefoil.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts rows read and dropped while a stream runs. */
final class DropCounter {

    private static final int ROWS_NAMED = 5;

    private final Map<String, List<String>> firstRows = new LinkedHashMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private long read;

    void read() {
        read++;
    }

    long rowsRead() {
        return read;
    }

    void drop(String reason, Row row, boolean nameFile) {
        counts.merge(reason, 1L, Long::sum);
        List<String> first = firstRows.computeIfAbsent(reason, r -> new ArrayList<>());
        if (first.size() < ROWS_NAMED) {
            String file = nameFile ? row.file().getFileName() + " " : "";
            first.add(file + "row " + row.number());
        }
    }

    /** Samples left out without a fault, such as by {@code limit}: no rows are named. */
    void leaveOut(String reason, long count) {
        if (count > 0) {
            counts.merge(reason, count, Long::sum);
            firstRows.putIfAbsent(reason, new ArrayList<>());
        }
    }

    DataReport report(String source, long kept) {
        List<DataReport.Dropped> dropped = new ArrayList<>();
        counts.forEach((reason, count) -> dropped.add(new DataReport.Dropped(reason, count, firstRows.get(reason))));
        return new DataReport(source, read, kept, dropped);
    }
}
