package dev.trefoil.reward.builtin;

import java.util.Collection;

/** Finds the known name that a mistyped one may have meant. */
final class Nearest {

    private Nearest() {}

    /** {@code "; did you mean 'x'?"}, or nothing when no name is near. */
    static String hint(String found, Collection<String> known) {
        String best = null;
        int least = Math.max(2, found.length() / 3) + 1;
        for (String name : known) {
            int distance = distance(found, name);
            if (distance < least) {
                least = distance;
                best = name;
            }
        }
        return best == null ? "" : "; did you mean '" + best + "'?";
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
