package dev.trefoil.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.gguf.GgufPreTokenizer;
import dev.trefoil.gguf.GgufValues;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.token.SpecialTokens;
import dev.trefoil.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A tokenizer.json as GGUF metadata: byte-level BPE ("gpt2") with its merges, or SentencePiece BPE ("llama"), which llama.cpp merges by
 * score: the earlier a merge, the better the score of what it makes.
 */
final class TokenizerValues {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final JsonNode root;
    private final boolean sentencePiece;
    private final String[] tokens;
    private final int[] types;

    private TokenizerValues(Path file, JsonNode root, int vocabSize) {
        this.file = file;
        this.root = root;
        this.sentencePiece = root.path("model").path("byte_fallback").asBoolean(false);
        this.tokens = new String[vocabSize];
        this.types = new int[vocabSize];
    }

    /**
     * Adds everything about the tokenizer.
     *
     * @return false when the folder has none, which is what was added then
     * @throws UserError when llama.cpp has no tokenizer of that kind
     */
    static boolean add(GgufValues values, PublishedCheckpoint source) throws IOException {
        Path file = source.folder().resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            values.text(PREFIX + "model", "none");
            return false;
        }
        int vocabSize = source.config().shape().vocabSize();
        TokenizerValues tokenizer = new TokenizerValues(file, JSON.readTree(file.toFile()), vocabSize);
        try (Tokenizer opened = Tokenizer.open(source.folder())) {
            tokenizer.collect();
            tokenizer.add(values);
            tokenizer.addSpecial(values, opened.special());
        }
        String template = chatTemplate(source.folder());
        if (template != null) {
            values.text("tokenizer.chat_template", template);
        }
        return true;
    }

    private UserError fault(String message) {
        return UserError.data(file + ": " + message);
    }

    private void collect() {
        String type = root.path("model").path("type").asText("none");
        if (!type.equals("BPE")) {
            throw fault("model.type: found " + type + ", wanted BPE, the one kind that is written as GGUF");
        }
        Arrays.fill(types, UNUSED);
        root.path("model").path("vocab").properties().forEach(entry -> {
            boolean singleByte = sentencePiece && entry.getKey().matches("<0x[0-9A-F]{2}>");
            put(entry.getValue().asInt(-1), entry.getKey(), singleByte ? BYTE : NORMAL);
        });
        String unknown = root.path("model").path("unk_token").asText("");
        for (JsonNode added : root.path("added_tokens")) {
            String text = added.path("content").asText();
            boolean special = added.path("special").asBoolean(false);
            boolean isUnknown = sentencePiece && text.equals(unknown);
            int id = added.path("id").asInt(-1);
            // Some published tokenizers name a padding token that their model has no row for; no text can lead to it
            // there.
            if (id < tokens.length) {
                put(id, text, isUnknown ? UNKNOWN : special ? CONTROL : USER_DEFINED);
            }
        }
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] == null) {
                tokens[id] = "[PAD" + id + "]";
            }
        }
    }

    private void put(int id, String text, int type) {
        if (id < 0 || id >= tokens.length) {
            throw fault("found token '" + text + "' with id " + id + ", wanted ids below the model's vocabulary of "
                    + tokens.length + "; tokenizer and weights are not of one model");
        }
        tokens[id] = text;
        types[id] = type;
    }

    private void add(GgufValues values) {
        values.text(PREFIX + "model", sentencePiece ? "llama" : "gpt2");
        values.text(PREFIX + "pre", sentencePiece ? "default" : preTokenizer());
        values.texts(PREFIX + "tokens", List.of(tokens));
        values.integers(PREFIX + "token_type", types);
        List<String[]> merges = merges();
        if (sentencePiece) {
            values.numbers(PREFIX + "scores", scores(merges));
            values.flag(PREFIX + "add_space_prefix", beginsWithSpace());
        } else {
            values.texts(
                    PREFIX + "merges",
                    merges.stream().map(pair -> pair[0] + " " + pair[1]).toList());
        }
    }

    private String preTokenizer() {
        JsonNode rule = root.path("pre_tokenizer");
        return GgufPreTokenizer.recognise(rule)
                .map(found ->
                        found.ggufName(root.path("model").path("ignore_merges").asBoolean(false)))
                .orElseThrow(() -> fault("pre_tokenizer: found a rule that is none of " + GgufPreTokenizer.known()
                        + ", which llama.cpp knows by name; convert this model with llama.cpp's own converter"));
    }

    /** Written as "left right", and by newer versions as two texts. */
    private List<String[]> merges() {
        List<String[]> merges = new ArrayList<>();
        for (JsonNode merge : root.path("model").path("merges")) {
            String[] pair = merge.isArray()
                    ? new String[] {merge.path(0).asText(), merge.path(1).asText()}
                    : merge.asText().split(" ", 2);
            if (pair.length != 2) {
                throw fault("model.merges: found " + merge + ", wanted two parts");
            }
            merges.add(pair);
        }
        return merges;
    }

    /** The negative rank of the first merge that makes a token; what no merge makes ranks behind them all. */
    private float[] scores(List<String[]> merges) {
        JsonNode vocabulary = root.path("model").path("vocab");
        float[] scores = new float[tokens.length];
        Arrays.fill(scores, -merges.size() - 1);
        for (int rank = merges.size() - 1; rank >= 0; rank--) {
            JsonNode id = vocabulary.path(merges.get(rank)[0] + merges.get(rank)[1]);
            if (id.isInt()) {
                scores[id.intValue()] = -rank;
            }
        }
        for (int id = 0; id < tokens.length; id++) {
            scores[id] = types[id] == NORMAL ? scores[id] : 0;
        }
        return scores;
    }

    private boolean beginsWithSpace() {
        JsonNode metaspace = root.path("pre_tokenizer");
        if (metaspace.path("type").asText().equals("Metaspace")) {
            return !metaspace.path("prepend_scheme").asText("always").equals("never")
                    && metaspace.path("add_prefix_space").asBoolean(true);
        }
        JsonNode normalizer = root.path("normalizer");
        if (normalizer.path("type").asText().equals("Prepend")) {
            return true;
        }
        for (JsonNode step : normalizer.path("normalizers")) {
            if (step.path("type").asText().equals("Prepend")) {
                return true;
            }
        }
        return false;
    }

    private void addSpecial(GgufValues values, SpecialTokens special) {
        id(values, "bos", special.bos());
        id(values, "eos", special.eos());
        id(values, "padding", special.pad());
        for (int id = 0; id < types.length; id++) {
            if (types[id] == UNKNOWN) {
                id(values, "unknown", id);
            }
        }
        JsonNode template = template(root.path("post_processor"));
        values.flag(PREFIX + "add_bos_token", template.path(0).has("SpecialToken"));
        values.flag(
                PREFIX + "add_eos_token",
                template.size() > 1 && template.path(template.size() - 1).has("SpecialToken"));
    }

    private void id(GgufValues values, String name, Integer id) {
        if (id != null && id < tokens.length) {
            values.size(PREFIX + name + "_token_id", id);
        }
    }

    /** What is put around one text; empty when nothing is. */
    private static JsonNode template(JsonNode processor) {
        if (processor.path("type").asText().equals("TemplateProcessing")) {
            return processor.path("single");
        }
        for (JsonNode step : processor.path("processors")) {
            JsonNode found = template(step);
            if (!found.isEmpty()) {
                return found;
            }
        }
        return JSON.createArrayNode();
    }

    /** A text, or the one called "default" of several; newer folders have it in a file of its own. */
    private static String chatTemplate(Path folder) throws IOException {
        Path own = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(own)) {
            return Files.readString(own);
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (!Files.isRegularFile(config)) {
            return null;
        }
        JsonNode template = JSON.readTree(config.toFile()).path("chat_template");
        for (JsonNode each : template) {
            if (each.path("name").asText().equals("default")) {
                return each.path("template").asText();
            }
        }
        return template.textValue();
    }
}
