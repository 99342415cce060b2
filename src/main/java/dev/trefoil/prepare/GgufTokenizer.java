package dev.trefoil.prepare;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.gguf.GgufMetadata;
import dev.trefoil.gguf.GgufPreTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds tokenizer.json and tokenizer_config.json from the metadata of a GGUF file: byte-level BPE ("gpt2") as it is stored, and
 * SentencePiece BPE ("llama") with its merges found again from the scores.
 */
final class GgufTokenizer {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final String SPACE = "\u2581";
    private static final String FILE_NAME = "tokenizer.json";

    /** GGUF's token types that matter here; the others are unused entries and SentencePiece's bytes. */
    private static final long NORMAL = 1;

    private static final long UNKNOWN = 2;
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;

    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final long[] types;
    private final Map<String, Integer> ids = new LinkedHashMap<>();

    private GgufTokenizer(GgufMetadata metadata, List<String> tokens, long[] types) {
        this.metadata = metadata;
        this.tokens = tokens;
        this.types = types;
    }

    /**
     * Writes both files; nothing when the file carries no tokenizer.
     *
     * @param contextLength written as the tokenizer's longest text
     */
    static void write(GgufMetadata metadata, int contextLength, Path folder) throws IOException {
        Optional<String> model = metadata.text(PREFIX + "model");
        if (model.isEmpty() || model.get().equals("none")) {
            return;
        }
        if (!model.get().equals("gpt2") && !model.get().equals("llama")) {
            throw metadata.fault(PREFIX + "model: found '" + model.get()
                    + "', wanted gpt2 (byte-level BPE) or llama (SentencePiece BPE)");
        }
        GgufTokenizer tokenizer = read(metadata);
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        root.set("added_tokens", tokenizer.addedTokens());
        boolean addBos = model.get().equals("gpt2") ? tokenizer.byteLevel(root) : tokenizer.sentencePiece(root);
        JsonMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.writeString(folder.resolve(FILE_NAME), mapper.writeValueAsString(root) + "\n");
        ObjectNode config = tokenizer.config(addBos, contextLength);
        Files.writeString(folder.resolve("tokenizer_config.json"), mapper.writeValueAsString(config) + "\n");
    }

    private static GgufTokenizer read(GgufMetadata metadata) {
        List<String> tokens = metadata.list(PREFIX + "tokens", String.class);
        long[] types = new long[tokens.size()];
        Arrays.fill(types, NORMAL);
        if (metadata.values().containsKey(PREFIX + "token_type")) {
            List<Long> given = metadata.list(PREFIX + "token_type", Long.class);
            if (given.size() != types.length) {
                throw metadata.fault(PREFIX + "token_type: found " + given.size() + " entries, wanted " + types.length);
            }
            for (int i = 0; i < types.length; i++) {
                types[i] = given.get(i);
            }
        }
        GgufTokenizer tokenizer = new GgufTokenizer(metadata, tokens, types);
        for (int id = 0; id < types.length; id++) {
            if (tokenizer.ids.putIfAbsent(tokens.get(id), id) != null && types[id] == NORMAL) {
                throw metadata.fault(PREFIX + "tokens: found '" + tokens.get(id) + "' twice, wanted each once");
            }
        }
        return tokenizer;
    }

    private ArrayNode addedTokens() {
        ArrayNode added = JsonNodeFactory.instance.arrayNode();
        for (int id = 0; id < types.length; id++) {
            if (types[id] == CONTROL || types[id] == USER_DEFINED || types[id] == UNKNOWN) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", types[id] != USER_DEFINED);
            }
        }
        return added;
    }

    /** @return whether a text begins with bos */
    private boolean byteLevel(ObjectNode root) {
        String name = metadata.text(PREFIX + "pre").orElse("default");
        GgufPreTokenizer pre = GgufPreTokenizer.of(name)
                .orElseThrow(() -> metadata.fault(PREFIX + "pre: found '" + name + "', wanted one of "
                        + String.join(", ", GgufPreTokenizer.known())));
        if (pre.composes()) {
            root.putObject("normalizer").put("type", "NFC");
        } else {
            root.putNull("normalizer");
        }
        root.set("pre_tokenizer", pre.json());
        boolean addBos = metadata.flag(PREFIX + "add_bos_token", pre.addsBos());
        ObjectNode trim = byteLevelStep().put("trim_offsets", false);
        root.set("post_processor", addBos ? sequence("processors", trim, bosTemplate()) : trim);
        root.set("decoder", byteLevelStep());
        List<String> merges = metadata.list(PREFIX + "merges", String.class);
        root.set("model", model(merges, null, pre.ignoresMerges()));
        return addBos;
    }

    private static ObjectNode byteLevelStep() {
        return step("ByteLevel")
                .put("add_prefix_space", true)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    /** @return whether a text begins with bos */
    private boolean sentencePiece(ObjectNode root) {
        boolean prefix = metadata.flag(PREFIX + "add_space_prefix", true);
        ObjectNode toMark = step("Replace").put("content", SPACE);
        toMark.putObject("pattern").put("String", " ");
        root.set(
                "normalizer", prefix ? sequence("normalizers", step("Prepend").put("prepend", SPACE), toMark) : toMark);
        root.putNull("pre_tokenizer");
        boolean addBos = metadata.flag(PREFIX + "add_bos_token", true);
        if (addBos) {
            root.set("post_processor", bosTemplate());
        } else {
            root.putNull("post_processor");
        }
        ObjectNode toSpace = step("Replace").put("content", " ");
        toSpace.putObject("pattern").put("String", SPACE);
        ObjectNode strip =
                step("Strip").put("content", " ").put("start", prefix ? 1 : 0).put("stop", 0);
        root.set("decoder", sequence("decoders", toSpace, step("ByteFallback"), step("Fuse"), strip));
        List<Double> scores = metadata.list(PREFIX + "scores", Double.class);
        if (scores.size() != types.length) {
            throw metadata.fault(PREFIX + "scores: found " + scores.size() + " entries, wanted " + types.length);
        }
        List<String> merges = ScoreMerges.of(tokens, scores, ids, id -> types[id] == NORMAL);
        Integer unknown = metadata.id(PREFIX + "unknown_token_id");
        root.set("model", model(merges, token(unknown == null ? Integer.valueOf(0) : unknown), false));
        return addBos;
    }

    private static ObjectNode step(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    private static ObjectNode sequence(String key, ObjectNode... steps) {
        ObjectNode sequence = step("Sequence");
        ArrayNode list = sequence.putArray(key);
        for (ObjectNode step : steps) {
            list.add(step);
        }
        return sequence;
    }

    private ObjectNode bosTemplate() {
        Integer id = metadata.id(PREFIX + "bos_token_id");
        String bos = token(id);
        if (bos == null) {
            throw metadata.fault(PREFIX + "bos_token_id: missing or out of range, but texts are to begin with it");
        }
        ObjectNode template = step("TemplateProcessing");
        template.set("single", templateOf(bos, List.of("A")));
        template.set("pair", templateOf(bos, List.of("A", "B")));
        ObjectNode special = template.putObject("special_tokens").putObject(bos).put("id", bos);
        special.putArray("ids").add(id);
        special.putArray("tokens").add(bos);
        return template;
    }

    private static ArrayNode templateOf(String bos, List<String> texts) {
        ArrayNode template = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < texts.size(); i++) {
            template.addObject().putObject("SpecialToken").put("id", bos).put("type_id", i);
            template.addObject().putObject("Sequence").put("id", texts.get(i)).put("type_id", i);
        }
        return template;
    }

    /** @param unknown SentencePiece's token for what is not in the vocabulary; null for byte-level BPE, which has none */
    private ObjectNode model(List<String> merges, String unknown, boolean ignoreMerges) {
        ObjectNode model = step("BPE");
        model.putNull("dropout").put("unk_token", unknown);
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        model.put("fuse_unk", unknown != null)
                .put("byte_fallback", unknown != null)
                .put("ignore_merges", ignoreMerges);
        ObjectNode vocabulary = model.putObject("vocab");
        ids.forEach(vocabulary::put);
        ArrayNode list = model.putArray("merges");
        merges.forEach(list::add);
        return model;
    }

    /** Null when there is no such token. */
    private String token(Integer id) {
        return id == null || id >= tokens.size() ? null : tokens.get(id);
    }

    private ObjectNode config(boolean addBos, int contextLength) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("add_bos_token", addBos)
                .put("add_eos_token", false)
                .put("clean_up_tokenization_spaces", false)
                .put("model_max_length", contextLength);
        Map<String, String> named = new LinkedHashMap<>();
        named.put("bos_token", "bos_token_id");
        named.put("eos_token", "eos_token_id");
        named.put("unk_token", "unknown_token_id");
        named.put("pad_token", "padding_token_id");
        named.forEach((key, source) -> {
            String token = token(metadata.id(PREFIX + source));
            if (token != null) {
                config.put(key, token);
            }
        });
        metadata.text("tokenizer.chat_template").ifPresent(template -> config.put("chat_template", template));
        return config;
    }
}
