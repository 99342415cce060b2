package dev.trefoil.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows what training did to the texts: prompt, response before and after, and their rewards, wrapped to a width. */
public final class SamplesTable {

    private static final int MOST_CHARS = 600;

    /**
     * One prompt.
     *
     * @param before the response at the start, or an empty text when there is none
     * @param rewardBefore its reward, NaN when there is none
     */
    public record Row(String prompt, String before, String after, double rewardBefore, double rewardAfter) {}

    private SamplesTable() {}

    /**
     * Renders the rows under a title. Control characters and the like in the texts are shown as escapes; long texts are cut.
     *
     * @param width columns of the terminal
     */
    public static String render(String title, List<Row> rows, int width) {
        List<List<String>> cells = new ArrayList<>();
        for (Row row : rows) {
            cells.add(List.of(
                    PrintableText.cut(row.prompt(), MOST_CHARS),
                    PrintableText.cut(row.before(), MOST_CHARS),
                    PrintableText.cut(row.after(), MOST_CHARS),
                    reward(row.rewardBefore()) + " > " + reward(row.rewardAfter())));
        }
        TextTable table = new TextTable(List.of("prompt", "before", "after", "reward"), List.of(2, 3, 3, 0));
        return PrintableText.of(title) + "\n" + table.render(cells, width);
    }

    /** The same for a page that reads Markdown; texts are indented, so whatever they hold is shown and not obeyed. */
    public static String markdown(List<Row> rows) {
        StringBuilder out = new StringBuilder();
        for (Row row : rows) {
            out.append("**prompt**\n\n").append(indented(row.prompt()));
            out.append("**before**, reward ").append(reward(row.rewardBefore())).append("\n\n");
            out.append(indented(row.before()));
            out.append("**after**, reward ").append(reward(row.rewardAfter())).append("\n\n");
            out.append(indented(row.after())).append("---\n\n");
        }
        return out.toString();
    }

    private static String indented(String text) {
        StringBuilder out = new StringBuilder();
        text.lines()
                .forEach(line ->
                        out.append("    ").append(PrintableText.of(line)).append('\n'));
        return out.append('\n').toString();
    }

    private static String reward(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
    }
}
