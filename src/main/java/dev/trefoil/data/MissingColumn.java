package dev.trefoil.data;

import dev.trefoil.UserError;
import java.util.Collection;

/** Words for a column that a row does not have: where, what was found, what is nearest, how to map it. */
final class MissingColumn {

    private MissingColumn() {}

    /** {@code use}: who wants the column, such as {@code text} or {@code filter}; {@code fix}: what to write instead. */
    static UserError error(Row row, String column, String use, String fix) {
        Collection<String> found = row.values().keySet();
        String near = nearest(column, found);
        StringBuilder message = new StringBuilder(row.where())
                .append(": no column `")
                .append(column)
                .append("` (wanted for ")
                .append(use)
                .append("); columns found: ")
                .append(found.isEmpty() ? "none" : String.join(", ", found));
        if (near != null) {
            message.append("; nearest is `").append(near).append('`');
        }
        if (!fix.isEmpty()) {
            message.append("; ").append(fix);
        }
        return UserError.data(message.toString());
    }

    /** The name at the smallest edit distance, or null when none is at all alike. */
    static String nearest(String wanted, Collection<String> names) {
        String best = null;
        int bestDistance = Math.max(2, wanted.length() / 2) + 1;
        for (String name : names) {
            int distance = name.equalsIgnoreCase(wanted) ? 0 : distance(wanted, name);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = name;
            }
        }
        return best;
    }

    /** Levenshtein's edit distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
