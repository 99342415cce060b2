package dev.trefoil.reward.builtin;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A list of weighted words and phrases: one entry a line, {@code words TAB weight}, lines that start with {@code #} are comments.
 *
 * @param weights weight by lower-case entry, the words of a phrase joined by single spaces
 * @param longest words in the longest phrase
 */
record Lexicon(Map<String, Double> weights, int longest) {

    Lexicon {
        weights = Map.copyOf(weights);
    }

    /** Reads a UTF-8 word list; faults name file and line. */
    static Lexicon read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw UserError.data(file + ": cannot read the word list: " + e.getMessage()
                    + "; 'words' in reward.yaml must name a UTF-8 text file");
        }
        Map<String, Double> weights = new HashMap<>();
        int longest = 1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String where = file + ":" + (i + 1) + ": ";
            int tab = line.indexOf('\t');
            String entry = tab < 0 ? "" : line.substring(0, tab).strip().toLowerCase(Locale.ROOT);
            if (entry.isEmpty()) {
                throw UserError.data(where + "found '" + line + "'; words, a tab and a weight are wanted");
            }
            if (weights.put(entry, weight(where, line.substring(tab + 1).strip())) != null) {
                throw UserError.data(where + "'" + entry + "' is in the list twice; keep one line");
            }
            longest = Math.max(longest, entry.split(" ").length);
        }
        if (weights.isEmpty()) {
            throw UserError.data(file + ": holds no entry; words, a tab and a weight a line are wanted");
        }
        return new Lexicon(weights, longest);
    }

    private static double weight(String where, String text) {
        try {
            double weight = Double.parseDouble(text);
            if (Double.isFinite(weight)) {
                return weight;
            }
        } catch (NumberFormatException notANumber) {
            // Falls through to the one message for everything that is not a finite number.
        }
        throw UserError.data(where + "found the weight '" + text + "'; a finite number is wanted");
    }
}
