package dev.trefoil.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How text is cut before byte-level BPE, by GGUF's {@code tokenizer.ggml.pre}. The patterns are those of the published
 * tokenizer.json files of the models.
 */
public enum GgufPreTokenizer {
    GPT2(List.of("gpt-2", "gpt2", "default", "olmo", "phi-2", "jais", "mpt"), ""),
    /** Each digit alone, then GPT-2's rule. */
    DIGITS(List.of("smollm", "starcoder", "refact", "codeshell", "exaone"), ""),
    LLAMA3(
            List.of("llama-bpe", "llama3", "llama-v3", "dbrx", "smaug-bpe"),
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
    QWEN2(
            List.of("qwen2", "deepseek-r1-qwen"),
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
    BLOOM(List.of("bloom", "gpt3-finnish"), " ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+");

    private final List<String> names;
    private final String pattern;

    GgufPreTokenizer(List<String> names, String pattern) {
        this.names = names;
        this.pattern = pattern;
    }

    /** By {@code tokenizer.ggml.pre}. */
    public static Optional<GgufPreTokenizer> of(String name) {
        return Arrays.stream(values())
                .filter(value -> value.names.contains(name))
                .findFirst();
    }

    /** All names, for messages. */
    public static List<String> known() {
        return Arrays.stream(values()).flatMap(value -> value.names.stream()).toList();
    }

    /**
     * The one whose rule a tokenizer.json has.
     *
     * @param preTokenizer its entry pre_tokenizer
     */
    public static Optional<GgufPreTokenizer> recognise(JsonNode preTokenizer) {
        return Arrays.stream(values())
                .filter(value -> same(value.json(), preTokenizer))
                .findFirst();
    }

    /** Whether all that is written agrees in what decides on cuts; what is left out has the library's default. */
    private static boolean same(JsonNode wanted, JsonNode found) {
        if (wanted.has("pretokenizers")) {
            JsonNode left = wanted.path("pretokenizers");
            JsonNode right = found.path("pretokenizers");
            boolean alike = left.size() == right.size();
            for (int i = 0; alike && i < left.size(); i++) {
                alike = same(left.get(i), right.get(i));
            }
            return alike;
        }
        return wanted.path("type").equals(found.path("type"))
                && wanted.path("pattern").equals(found.path("pattern"))
                && wanted.path("behavior").equals(found.path("behavior"))
                && wanted.path("individual_digits").equals(found.path("individual_digits"))
                && wanted.path("add_prefix_space").asBoolean(true)
                        == found.path("add_prefix_space").asBoolean(true)
                && wanted.path("use_regex").asBoolean(true)
                        == found.path("use_regex").asBoolean(true)
                && wanted.path("invert").asBoolean(false)
                        == found.path("invert").asBoolean(false);
    }

    /**
     * As llama.cpp knows it.
     *
     * @param ignoresMerges whether a whole word of the vocabulary is taken without merging its way there
     */
    public String ggufName(boolean ignoresMerges) {
        return this == LLAMA3 && !ignoresMerges ? "dbrx" : names.get(0);
    }

    /** LLaMA 3 begins a text with its bos unless told otherwise; the other byte-level tokenizers do not. */
    public boolean addsBos() {
        return this == LLAMA3;
    }

    /** LLaMA 3 takes a whole word that is in the vocabulary without merging its way there. */
    public boolean ignoresMerges() {
        return this == LLAMA3;
    }

    /** Qwen2 composes accents first. */
    public boolean composes() {
        return this == QWEN2;
    }

    /** The pre_tokenizer entry of tokenizer.json. */
    public ObjectNode json() {
        if (this == GPT2) {
            return byteLevel(true);
        }
        ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
        var steps = sequence.putArray("pretokenizers");
        if (this == DIGITS) {
            steps.addObject().put("type", "Digits").put("individual_digits", true);
            steps.add(byteLevel(true));
            return sequence;
        }
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", pattern);
        split.put("behavior", "Isolated").put("invert", false);
        steps.add(byteLevel(false));
        return sequence;
    }

    private static ObjectNode byteLevel(boolean regex) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", regex);
    }
}
