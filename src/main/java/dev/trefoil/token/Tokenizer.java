package dev.trefoil.token;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A Hugging Face tokenizer. It never truncates and never pads, whatever its file says. Safe for use by several threads until it
 * is closed.
 */
public final class Tokenizer implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();

    /** The library cuts at 512 tokens unless told not to. */
    private static final Map<String, String> OPTIONS = Map.of("truncation", "false", "padding", "false");

    private final HuggingFaceTokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final SpecialTokens special;
    private final String hash;

    private Tokenizer(HuggingFaceTokenizer tokenizer, Vocabulary vocabulary, SpecialTokens special, String hash) {
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
        this.special = special;
        this.hash = hash;
    }

    /**
     * Opens tokenizer.json of a folder; special ids come from tokenizer_config.json, special_tokens_map.json,
     * generation_config.json or config.json, the first that names one.
     *
     * @throws UserError when the file is missing or damaged, or names a special token that is not in the vocabulary
     */
    public static Tokenizer open(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw UserError.data(
                    file + ": no such file; wanted a folder with the tokenizer.json of a Hugging Face model"
                            + (Files.exists(folder.resolve("tokenizer.model"))
                                    ? " (a SentencePiece tokenizer.model alone is not read: convert it with transformers)"
                                    : ""));
        }
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (!(JSON.readTree(bytes) instanceof ObjectNode tree)) {
                throw UserError.data(file + ": not a JSON object; wanted a Hugging Face tokenizer.json");
            }
            Vocabulary vocabulary = Vocabulary.of(tree, file);
            HuggingFaceTokenizer tokenizer = load(file, unbounded(tree, bytes));
            return new Tokenizer(tokenizer, vocabulary, SpecialTokens.read(folder, vocabulary.ids()), sha256(bytes));
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw damaged(file, reason, e);
        }
    }

    /** The file's bytes, without settings for truncation and padding that it may have been saved with. */
    private static byte[] unbounded(ObjectNode tree, byte[] bytes) throws IOException {
        JsonNode truncation = tree.path("truncation");
        JsonNode padding = tree.path("padding");
        if (truncation.isObject() || padding.isObject()) {
            tree.putNull("truncation");
            tree.putNull("padding");
            return JSON.writeValueAsBytes(tree);
        }
        return bytes;
    }

    private static HuggingFaceTokenizer load(Path file, byte[] bytes) throws IOException {
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), OPTIONS);
        } catch (RuntimeException e) {
            throw damaged(
                    file, String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
        }
    }

    private static UserError damaged(Path file, String reason, Exception cause) {
        return new UserError(
                ExitCode.CONFIG_OR_DATA,
                file + ": cannot be read as a tokenizer: " + reason + "; fetch the file again",
                cause);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Token ids with character offsets.
     *
     * @param addSpecial true: with the tokens that the tokenizer's post-processor adds, such as a beginning-of-text token
     */
    public Encoding encode(String text, boolean addSpecial) {
        if (text.isEmpty() && !addSpecial) {
            return new Encoding(new int[0], new int[0], new int[0]);
        }
        ai.djl.huggingface.tokenizers.Encoding found = tokenizer.encode(whole(text), addSpecial, false);
        int[] ids = Arrays.stream(found.getIds()).mapToInt(Math::toIntExact).toArray();
        CharSpan[] spans = found.getCharTokenSpans();
        int[] starts = new int[ids.length];
        int[] ends = new int[ids.length];
        Utf16 units = Utf16.of(text);
        int last = 0;
        for (int i = 0; i < ids.length; i++) {
            CharSpan span = spans[i];
            starts[i] = span == null ? last : units.index(span.getStart());
            ends[i] = span == null ? last : units.index(span.getEnd());
            last = ends[i];
        }
        return new Encoding(ids, starts, ends);
    }

    /** As with special tokens, but a text that begins with the beginning-of-text token gets no second one. */
    Encoding encodeOnce(String text) {
        boolean begun = special.bos() != null
                && token(special.bos()).filter(text::startsWith).isPresent();
        return encode(text, !begun);
    }

    /**
     * The text with each lone surrogate (half a character, as broken JSON escapes give) replaced by U+FFFD: UTF-8 has no form
     * for it, and the library's own form would shift the offsets.
     */
    private static String whole(String text) {
        boolean broken = text.codePoints().anyMatch(point -> point >= 0xD800 && point <= 0xDFFF);
        if (!broken) {
            return text;
        }
        int[] points = text.codePoints()
                .map(point -> point >= 0xD800 && point <= 0xDFFF ? 0xFFFD : point)
                .toArray();
        return new String(points, 0, points.length);
    }

    /** The tokens as the vocabulary writes them. */
    public List<String> tokens(String text, boolean addSpecial) {
        if (text.isEmpty() && !addSpecial) {
            return List.of();
        }
        return List.of(tokenizer.encode(whole(text), addSpecial, false).getTokens());
    }

    /** The text of token ids; with {@code skipSpecial} special tokens are left out. */
    public String decode(int[] ids, boolean skipSpecial) {
        return ids.length == 0
                ? ""
                : tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    /** SHA-256 of tokenizer.json, in hexadecimal. */
    public String hash() {
        return hash;
    }

    /** Number of tokens, added ones included. */
    public int vocabularySize() {
        return vocabulary.size();
    }

    /** The largest token id: an embedding must have more rows than this. */
    public int largestId() {
        return vocabulary.largestId();
    }

    /** The id of a token as the vocabulary writes it. */
    public OptionalInt id(String token) {
        Integer id = vocabulary.ids().get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** A token as the vocabulary writes it. */
    public Optional<String> token(int id) {
        return vocabulary.ids().entrySet().stream()
                .filter(entry -> entry.getValue() == id)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The special tokens as a text writes them. */
    Set<String> specialTokens() {
        return vocabulary.specialTokens();
    }

    /** True for tokens that decoding leaves out when special tokens are skipped. */
    public boolean isSpecial(int id) {
        return vocabulary.special().contains(id);
    }

    public SpecialTokens special() {
        return special;
    }

    /**
     * The id that ends a text.
     *
     * @throws UserError when the tokenizer names none
     */
    public int eos() {
        if (special.eos() == null) {
            throw UserError.data("the tokenizer names no end-of-text token; add `\"eos_token\": \"...\"` to the"
                    + " tokenizer_config.json beside tokenizer.json");
        }
        return special.eos();
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    /** Turns counts of code points, which the library's offsets are, into indices of UTF-16 units. */
    private record Utf16(int[] indices) {

        static Utf16 of(String text) {
            int points = text.codePointCount(0, text.length());
            if (points == text.length()) {
                return new Utf16(null);
            }
            int[] indices = new int[points + 1];
            int unit = 0;
            for (int i = 0; i < points; i++) {
                indices[i] = unit;
                unit += Character.charCount(text.codePointAt(unit));
            }
            indices[points] = unit;
            return new Utf16(indices);
        }

        int index(int point) {
            return indices == null ? point : indices[point];
        }
    }
}
