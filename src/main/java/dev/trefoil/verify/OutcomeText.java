package dev.trefoil.verify;

import dev.trefoil.verify.CaseOutcome.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A case's outcome as lines of text: each quantity's largest error beside its tolerance. */
public final class OutcomeText {

    private static final List<String> HEADINGS =
            List.of("quantity", "numbers", "largest error", "of tolerance", "tolerance", "");
    private static final int FIRST_NUMBER = 1;
    private static final int LAST_NUMBER = 3;

    private OutcomeText() {}

    /** The whole table; ends with a newline. */
    public static String table(CaseOutcome outcome) {
        StringBuilder text = new StringBuilder(headline(outcome)).append('\n');
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADINGS);
        outcome.deviations().forEach(deviation -> rows.add(row(deviation)));
        if (rows.size() > 1) {
            append(text, rows);
        }
        if (!outcome.unchecked().isEmpty()) {
            text.append("  not compared: ").append(String.join(", ", outcome.unchecked()));
            text.append('\n');
        }
        return text.toString();
    }

    /** One line: name, verdict and how near the worst quantity came to its tolerance. */
    public static String headline(CaseOutcome outcome) {
        String name = outcome.name() + ": ";
        if (outcome.status() == Status.SKIPPED) {
            return name + "skipped: " + outcome.reason();
        }
        int count = outcome.deviations().size();
        String quantities = count + (count == 1 ? " quantity" : " quantities");
        if (outcome.status() == Status.PASSED) {
            return name + "passed, " + quantities + ", worst at " + percent(outcome.worst()) + " of its tolerance ("
                    + String.format(Locale.ROOT, "%.1f s)", outcome.seconds());
        }
        String over = outcome.over() > 0 ? ", " + outcome.over() + " of " + quantities + " over" : "";
        return name + "FAILED" + over + (outcome.reason().isEmpty() ? "" : ": " + outcome.reason());
    }

    private static List<String> row(Deviation deviation) {
        String verdict = deviation.ok() ? "ok" : "OVER";
        return List.of(
                deviation.quantity(),
                Long.toString(deviation.compared()),
                number(deviation.largest()),
                percent(deviation.ofTolerance()),
                deviation.tolerance(),
                deviation.remark().isEmpty() ? verdict : verdict + ": " + deviation.remark());
    }

    private static String number(double value) {
        if (value == 0) {
            return "0";
        }
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2e", value) : "infinite";
    }

    private static String percent(double share) {
        if (!Double.isFinite(share)) {
            return "infinite";
        }
        return String.format(
                Locale.ROOT, share >= 10 ? "%.0e %%" : share > 0 && share < 0.01 ? "%.2f %%" : "%.0f %%", 100 * share);
    }

    private static void append(StringBuilder text, List<List<String>> rows) {
        int[] widths = new int[HEADINGS.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(" ");
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - row.get(i).length());
                boolean right = i >= FIRST_NUMBER && i <= LAST_NUMBER;
                line.append(' ').append(right ? pad + row.get(i) : row.get(i) + pad);
                line.append(' ');
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
    }
}
