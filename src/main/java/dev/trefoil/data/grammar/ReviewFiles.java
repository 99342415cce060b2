package dev.trefoil.data.grammar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongFunction;

/** Writes reviews as JSON lines, one row an index; the same arguments give the same bytes. Folders are made as needed. */
public final class ReviewFiles {

    private final ReviewGrammar grammar;
    private final ObjectMapper json = new ObjectMapper();

    public ReviewFiles(ReviewGrammar grammar) {
        this.grammar = grammar;
    }

    /** Rows {@code {"text", "label"}} for a fine-tune or a classifier; label is positive or negative. */
    public void writeReviews(Path file, long seed, long from, int count, ReviewGrammar.Style style) {
        write(file, from, count, index -> {
            Review review = grammar.review(seed, index, style);
            return row("text", review.text(), "label", review.label());
        });
    }

    /** Rows {@code {"prompt", "chosen", "rejected"}} for a reward model; see {@link ReviewPair}. */
    public void writePairs(Path file, long seed, long from, int count) {
        write(file, from, count, index -> {
            ReviewPair pair = grammar.pair(seed, index);
            return row("prompt", pair.prompt(), "chosen", pair.chosen(), "rejected", pair.rejected());
        });
    }

    /** Rows {@code {"prompt"}} for PPO: neutral openings. */
    public void writePrompts(Path file, long seed, long from, int count) {
        write(
                file,
                from,
                count,
                index -> row("prompt", grammar.review(seed, index).opening()));
    }

    private static Map<String, String> row(String... keysAndValues) {
        Map<String, String> row = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            row.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return row;
    }

    private void write(Path file, long from, int count, LongFunction<Map<String, String>> rows) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                for (long index = from; index < from + count; index++) {
                    out.write(line(rows.apply(index)));
                    out.write('\n');
                }
            }
        } catch (IOException e) {
            throw new UserError(
                    ExitCode.FAILED,
                    file + ": cannot be written (" + e + "); choose a folder that exists, is writable and has space");
        }
    }

    private String line(Map<String, String> row) throws JsonProcessingException {
        return json.writeValueAsString(row);
    }
}
