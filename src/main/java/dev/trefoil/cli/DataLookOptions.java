package dev.trefoil.cli;

import dev.trefoil.data.Rejects;
import dev.trefoil.data.table.TableStatistics;
import dev.trefoil.report.PrintableText;
import dev.trefoil.token.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code data inspect} and {@code data stats} have in common: reading a file and telling what is in it. */
final class DataLookOptions {

    private static final int CELL = 100;

    @Parameters(paramLabel = "FILE", description = "Data file.")
    private Path file;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "Base store or model folder: count its tokenizer's tokens too.")
    private Path base;

    @Mixin
    private RejectOptions rejected;

    @Mixin
    private JsonOption json;

    /**
     * Reads and prints.
     *
     * @param limit rows at most, null for all
     * @param shown first rows to print
     */
    void print(Long limit, int shown, PrintWriter to) {
        InputPath.file(file, "a data file");
        Path listed = Path.of(file.getFileName().toString());
        try (Rejects rejects = rejected.open(listed)) {
            TableStatistics found;
            if (base == null) {
                found = TableStatistics.of(file, limit, shown, null, rejects);
            } else {
                try (Tokenizer tokenizer = Tokenizer.open(InputPath.folder(base, "a base store"))) {
                    ToIntFunction<String> tokens =
                            text -> tokenizer.encode(text, false).ids().length;
                    found = TableStatistics.of(file, limit, shown, tokens, rejects);
                }
            }
            if (json.wanted()) {
                to.println(JsonOption.line(map(found, rejects)));
                rejects.commit();
            } else {
                text(found, limit, to);
                rejected.finish(rejects, listed, to);
            }
        }
        to.flush();
    }

    private static Map<String, Object> map(TableStatistics found, Rejects rejects) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("rows", found.rows());
        all.put("columns", found.columns());
        all.put("repeated", found.repeated());
        all.put("pairs", found.pairs());
        all.put("left_out", rejects.counts());
        all.put("first", found.first());
        return all;
    }

    private static void text(TableStatistics found, Long limit, PrintWriter to) {
        to.println((limit != null && found.rows() == limit ? "first " : "")
                + String.format(Locale.ROOT, "%,d rows, %,d repeated", found.rows(), found.repeated()));
        found.columns().forEach((name, column) -> {
            to.println(PrintableText.of(name));
            column.forEach((what, value) -> to.printf("  %-11s %s%n", what, words(value)));
        });
        if (!found.pairs().isEmpty()) {
            to.println("as preference pairs");
            found.pairs().forEach((what, value) -> to.printf("  %-14s %s%n", what, words(value)));
        }
        int number = 0;
        for (Map<String, Object> row : found.first()) {
            to.println("row " + ++number);
            row.forEach((name, value) ->
                    to.println("  " + PrintableText.of(name) + ": " + PrintableText.cut(String.valueOf(value), CELL)));
        }
    }

    private static String words(Object value) {
        if (value instanceof Map<?, ?> map) {
            StringBuilder text = new StringBuilder();
            map.forEach((key, part) -> text.append(text.isEmpty() ? "" : ", ")
                    .append(PrintableText.of(String.valueOf(key)))
                    .append(' ')
                    .append(words(part)));
            return text.toString();
        }
        if (value instanceof Double number) {
            return number == Math.rint(number) && Math.abs(number) < Long.MAX_VALUE
                    ? String.format(Locale.ROOT, "%,d", number.longValue())
                    : String.format(Locale.ROOT, "%.4g", number);
        }
        return value instanceof Number
                ? String.format(Locale.ROOT, "%,d", value)
                : PrintableText.of(String.valueOf(value));
    }
}
