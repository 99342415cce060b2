package dev.trefoil.report;

import java.util.ArrayList;
import java.util.List;

/** A table of wrapped text columns. */
final class TextTable {

    private static final String GAP = " | ";
    private static final int NARROWEST = 8;

    private final List<String> headings;
    private final List<Integer> weights;

    /**
     * Assigns the columns.
     *
     * @param weights 0 for a column as wide as its widest cell, else the share of the remaining width
     */
    TextTable(List<String> headings, List<Integer> weights) {
        this.headings = List.copyOf(headings);
        this.weights = List.copyOf(weights);
    }

    /** Renders the rows within so many columns (wider only where a narrowest column could not be kept); ends with a newline. */
    String render(List<List<String>> rows, int width) {
        List<List<String>> safe = new ArrayList<>();
        for (List<String> row : rows) {
            safe.add(row.stream().map(PrintableText::of).toList());
        }
        int[] widths = widths(safe, width);
        StringBuilder out = new StringBuilder();
        line(out, headings, widths);
        rule(out, widths);
        boolean spread = safe.stream().anyMatch(row -> height(row, widths) > 1);
        for (int i = 0; i < safe.size(); i++) {
            if (i > 0 && spread) {
                rule(out, widths);
            }
            line(out, safe.get(i), widths);
        }
        return out.toString();
    }

    /** Breaks at spaces where it can, inside words that are wider than the column. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (PrintableText.columns(rest) > width) {
            int end = Math.max(PrintableText.fit(rest, width), Character.charCount(rest.codePointAt(0)));
            int space = rest.lastIndexOf(' ', end);
            int cut = space > 0 ? space : end;
            lines.add(rest.substring(0, cut));
            rest = rest.substring(space > 0 ? cut + 1 : cut);
        }
        lines.add(rest);
        return lines;
    }

    private int[] widths(List<List<String>> rows, int width) {
        int[] widths = new int[headings.size()];
        int left = width - GAP.length() * (headings.size() - 1);
        int shares = 0;
        for (int c = 0; c < widths.length; c++) {
            shares += weights.get(c);
            if (weights.get(c) == 0) {
                int column = c;
                widths[c] = rows.stream()
                        .mapToInt(row -> PrintableText.columns(row.get(column)))
                        .reduce(PrintableText.columns(headings.get(c)), Math::max);
                left -= widths[c];
            }
        }
        for (int c = 0; c < widths.length; c++) {
            if (weights.get(c) > 0) {
                widths[c] = Math.max(NARROWEST, left * weights.get(c) / shares);
            }
        }
        return widths;
    }

    private static int height(List<String> row, int[] widths) {
        int height = 1;
        for (int c = 0; c < widths.length; c++) {
            height = Math.max(height, wrap(row.get(c), widths[c]).size());
        }
        return height;
    }

    private static void line(StringBuilder out, List<String> cells, int[] widths) {
        List<List<String>> wrapped = new ArrayList<>();
        for (int c = 0; c < widths.length; c++) {
            wrapped.add(wrap(cells.get(c), widths[c]));
        }
        int height = wrapped.stream().mapToInt(List::size).max().orElse(1);
        for (int h = 0; h < height; h++) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < widths.length; c++) {
                String text = h < wrapped.get(c).size() ? wrapped.get(c).get(h) : "";
                line.append(c > 0 ? GAP : "").append(text);
                line.append(" ".repeat(Math.max(0, widths[c] - PrintableText.columns(text))));
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private static void rule(StringBuilder out, int[] widths) {
        for (int c = 0; c < widths.length; c++) {
            out.append(c > 0 ? "-+-" : "").append("-".repeat(widths[c]));
        }
        out.append('\n');
    }
}
