package dev.trefoil.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.data.grammar.Review;
import dev.trefoil.data.grammar.ReviewGrammar;
import dev.trefoil.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** English film reviews of the project's grammar, joined until they have as many tokens as wanted; the same seed gives the same. */
final class BenchTexts {

    /** Reviews are numbered within a text; texts never share one. */
    private static final long REVIEWS_OF_A_TEXT = 1 << 20;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ReviewGrammar grammar = ReviewGrammar.open();
    private final Tokenizer tokenizer;
    private final long seed;

    BenchTexts(Tokenizer tokenizer, long seed) {
        this.tokenizer = tokenizer;
        this.seed = seed;
    }

    /** A text of at least so many tokens. */
    private String text(long number, int tokens, Predicate<Review> wanted) {
        StringBuilder text = new StringBuilder();
        for (long i = number * REVIEWS_OF_A_TEXT; ids(text.toString()).length < tokens; i++) {
            Review review = grammar.review(seed, i);
            if (wanted.test(review)) {
                text.append(text.isEmpty() ? "" : "\n").append(review.text());
            }
        }
        return text.toString();
    }

    private int[] ids(String text) {
        return tokenizer.encode(text, true).ids();
    }

    /** [rows][tokens] token ids. */
    List<int[]> rows(int rows, int tokens) {
        List<int[]> found = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            found.add(Arrays.copyOf(ids(text(row, tokens, review -> true)), tokens));
        }
        return found;
    }

    /** JSON lines with {@code text}, each of at least so many tokens. */
    Path writeTexts(Path file, int rows, int tokens) {
        List<Map<String, String>> lines = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            lines.add(Map.of("text", text(row, tokens, review -> true)));
        }
        return write(file, lines);
    }

    /** JSON lines with {@code prompt} (empty), {@code chosen} (praise) and {@code rejected}, each of at least so many tokens. */
    Path writePairs(Path file, int rows, int tokens) {
        List<Map<String, String>> lines = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            lines.add(Map.of(
                    "prompt", "",
                    "chosen", text(row, tokens, Review::positive),
                    "rejected", text(row, tokens, review -> !review.positive())));
        }
        return write(file, lines);
    }

    private static Path write(Path file, List<Map<String, String>> lines) {
        try {
            StringBuilder text = new StringBuilder();
            for (Map<String, String> line : lines) {
                text.append(JSON.writeValueAsString(line)).append('\n');
            }
            return Files.writeString(file, text);
        } catch (IOException failed) {
            throw ScratchFolder.unwritable(file, failed);
        }
    }
}
