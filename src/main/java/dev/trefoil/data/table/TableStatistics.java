package dev.trefoil.data.table;

import dev.trefoil.data.BadRows;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.data.RowReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * A data file in numbers: its columns with types and lengths, its first rows, rows that repeat, and what is to be known of pairs
 * before a reward model is trained on them.
 *
 * @param rows that could be read
 * @param columns column to what is known of it: type, absent, empty, characters, tokens, numbers, values
 * @param first the first rows as they are
 * @param repeated rows that are equal to an earlier one
 * @param pairs of a file with chosen and rejected: pairs, different prompts, equal texts, and longer_chosen, the share of pairs
 *     whose longer text is the chosen one (a tie counts half), which a reward model has to beat; else empty
 */
public record TableStatistics(
        long rows,
        Map<String, Map<String, Object>> columns,
        List<Map<String, Object>> first,
        long repeated,
        Map<String, Object> pairs) {

    private static final String CHOSEN = "chosen";
    private static final String REJECTED = "rejected";

    /**
     * Reads a file.
     *
     * @param limit rows at most, null for all
     * @param shown first rows to keep
     * @param tokens counts a text's tokens, or null
     */
    public static TableStatistics of(Path file, Long limit, int shown, ToIntFunction<String> tokens, BadRows bad) {
        Map<String, ColumnStatistics> columns = new LinkedHashMap<>();
        List<Map<String, Object>> first = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        PairStatistics pairs = new PairStatistics();
        long rows = 0;
        long repeated = 0;
        try (RowReader reader = DataFile.read(file, ReadOptions.defaults().withLimit(limit), bad)) {
            while (reader.hasNext()) {
                Row row = reader.next();
                rows++;
                row.values()
                        .forEach((name, value) -> columns.computeIfAbsent(name, key -> new ColumnStatistics(tokens))
                                .add(value));
                if (first.size() < shown) {
                    first.add(row.values());
                }
                repeated += seen.add(fingerprint(row)) ? 0 : 1;
                if (row.values().get(CHOSEN) instanceof String chosen
                        && row.values().get(REJECTED) instanceof String rejected) {
                    pairs.add(row.values().get("prompt"), chosen, rejected);
                }
            }
        }
        Map<String, Map<String, Object>> described = new LinkedHashMap<>();
        long all = rows;
        columns.forEach((name, column) -> described.put(name, column.describe(all)));
        return new TableStatistics(rows, described, first, repeated, pairs.describe());
    }

    /** 64 bits in place of the row: eight bytes a row, and a chance of one in 10^10 that a million rows hold a false repeat. */
    private static long fingerprint(Row row) {
        long hash = 0;
        for (Map.Entry<String, Object> entry : row.values().entrySet()) {
            hash = mix(hash, entry.getKey());
            hash = mix(hash, String.valueOf(entry.getValue()));
        }
        return hash;
    }

    /** FNV-1a over characters, 64 bits (Fowler, Noll and Vo). */
    private static long mix(long seed, String text) {
        long hash = seed ^ 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
