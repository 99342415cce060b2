package dev.trefoil.data.table;

import dev.trefoil.UserError;
import dev.trefoil.data.BadRow;
import dev.trefoil.data.BadRows;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.DiskSort;
import dev.trefoil.data.Format;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.data.RowReader;
import dev.trefoil.data.RowWriter;
import dev.trefoil.data.ScoredPairs;
import dev.trefoil.data.SeededSplit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Data files made from data files, row by row. */
public final class Rewriting {

    private Rewriting() {}

    /**
     * Writes the rows of some files as one file of another form.
     *
     * @param format of the result; AUTO for the one that its name tells
     * @return rows written
     */
    public static long convert(List<Path> sources, Path target, Format format, BadRows bad) {
        try (RowWriter writer = RowWriter.open(target, format)) {
            each(sources, bad, row -> writer.write(row.values()));
            writer.commit();
            return writer.rows();
        }
    }

    private static void each(List<Path> sources, BadRows bad, Consumer<Row> sink) {
        for (Path source : sources) {
            try (RowReader rows = DataFile.read(source, ReadOptions.defaults(), bad)) {
                rows.forEachRemaining(sink);
            }
        }
    }

    /**
     * Deals rows out to a file for each part.
     *
     * @param by column whose equal values stay together; null for each row by itself
     * @param folder for the files, called by their part
     * @return part to its rows
     */
    public static Map<String, Long> split(
            List<Path> sources, String by, SeededSplit split, Path folder, String ending, BadRows bad) {
        Map<String, RowWriter> writers = new LinkedHashMap<>();
        try {
            split.shares()
                    .keySet()
                    .forEach(part ->
                            writers.put(part, RowWriter.open(folder.resolve(part + "." + ending), Format.AUTO)));
            each(sources, bad, row -> {
                Object key = by == null ? row.values() : row.values().get(by);
                if (key == null) {
                    bad.add(BadRow.of(
                            row, "row without " + by, "; found " + row.values().keySet()));
                } else {
                    writers.get(split.part(String.valueOf(key))).write(row.values());
                }
            });
            Map<String, Long> rows = new LinkedHashMap<>();
            writers.forEach((part, writer) -> {
                if (writer.rows() == 0) {
                    throw UserError.data(
                            "split: no row fell to " + part + "; wanted more rows or a larger share of it");
                }
                rows.put(part, writer.rows());
            });
            writers.values().forEach(RowWriter::commit);
            return rows;
        } finally {
            writers.values().forEach(RowWriter::close);
        }
    }

    /**
     * Which rows make pairs.
     *
     * @param group column whose equal values belong together
     * @param text column with the texts to compare
     * @param score column with numbers; a higher one is better
     * @param prompt column with what the texts answer, or null for an empty prompt
     * @param most pairs of a group at most; more are drawn from
     */
    public record Groups(String group, String text, String score, String prompt, int most, long seed) {}

    /**
     * Writes pairs of the rows of a group with unequal scores. The rows of a group need not stand together: they are sorted on the
     * disk.
     *
     * @return pairs written
     */
    public static long pairs(
            List<Path> sources, Path target, Format format, Groups groups, String memory, BadRows bad) {
        try (RowWriter writer = RowWriter.open(target, format);
                DiskSort sort = DiskSort.open(target, memory)) {
            long[] number = {0};
            each(sources, bad, row -> {
                Map<String, Object> kept = keep(row, groups, bad);
                if (kept != null) {
                    sort.add(String.valueOf(row.values().get(groups.group())), number[0]++, kept);
                }
            });
            GroupPairs pairs = new GroupPairs(groups, writer);
            sort.sorted(pairs::take);
            pairs.end();
            if (writer.rows() == 0) {
                throw UserError.data(target + ": no pair, so not written; wanted rows with one " + groups.group()
                        + " and unequal " + groups.score());
            }
            writer.commit();
            return writer.rows();
        }
    }

    private static Map<String, Object> keep(Row row, Groups groups, BadRows bad) {
        Map<String, Object> values = row.values();
        Object text = values.get(groups.text());
        Double score = number(values.get(groups.score()));
        if (values.get(groups.group()) == null || !(text instanceof String) || score == null) {
            bad.add(BadRow.of(
                    row,
                    "row without group, text or score",
                    "; wanted " + groups.group() + ", " + groups.text() + " and a number in " + groups.score()
                            + ", found " + values.keySet()));
            return null;
        }
        Map<String, Object> kept = new LinkedHashMap<>();
        kept.put("text", text);
        kept.put("score", score);
        kept.put("prompt", groups.prompt() == null ? "" : String.valueOf(values.getOrDefault(groups.prompt(), "")));
        return kept;
    }

    private static Double number(Object value) {
        try {
            return value == null ? null : Double.valueOf(value.toString());
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    /** Gathers the rows of a group, which come one after the other. */
    private static final class GroupPairs {
        private final Groups groups;
        private final RowWriter writer;
        private final List<Map<String, Object>> rows = new ArrayList<>();
        private String key;

        GroupPairs(Groups groups, RowWriter writer) {
            this.groups = groups;
            this.writer = writer;
        }

        void take(String of, long number, Map<String, Object> row) {
            if (!of.equals(key)) {
                end();
                key = of;
            }
            rows.add(row);
        }

        void end() {
            if (key == null) {
                return;
            }
            for (ScoredPairs.Pair<Map<String, Object>> pair :
                    ScoredPairs.of(rows, GroupPairs::score, groups.most(), groups.seed(), key)) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("prompt", pair.better().get("prompt"));
                row.put("chosen", pair.better().get("text"));
                row.put("rejected", pair.worse().get("text"));
                row.put("margin", score(pair.better()) - score(pair.worse()));
                writer.write(row);
            }
            rows.clear();
        }

        private static double score(Map<String, Object> row) {
            return ((Number) row.get("score")).doubleValue();
        }
    }
}
