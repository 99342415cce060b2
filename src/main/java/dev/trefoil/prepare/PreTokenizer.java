package dev.trefoil.prepare;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How text is cut before byte-level BPE, by GGUF's {@code tokenizer.ggml.pre}. The patterns are those of the published
 * tokenizer.json files of the models.
 */
enum PreTokenizer {
    GPT2(List.of("gpt-2", "gpt2", "default", "olmo", "phi-2", "jais", "mpt"), "", false),
    /** Each digit alone, then GPT-2's rule. */
    DIGITS(List.of("smollm", "starcoder", "refact", "codeshell", "exaone"), "", false),
    LLAMA3(
            List.of("llama-bpe", "llama3", "llama-v3", "dbrx", "smaug-bpe"),
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            true),
    QWEN2(
            List.of("qwen2", "deepseek-r1-qwen"),
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            false);

    private final List<String> names;
    private final String pattern;
    private final boolean llama3;

    PreTokenizer(List<String> names, String pattern, boolean llama3) {
        this.names = names;
        this.pattern = pattern;
        this.llama3 = llama3;
    }

    static Optional<PreTokenizer> of(String name) {
        return Arrays.stream(values())
                .filter(value -> value.names.contains(name))
                .findFirst();
    }

    static List<String> known() {
        return Arrays.stream(values()).flatMap(value -> value.names.stream()).toList();
    }

    /** LLaMA 3 begins a text with its bos unless told otherwise; the other byte-level tokenizers do not. */
    boolean addsBos() {
        return llama3;
    }

    /** LLaMA 3 takes a whole word that is in the vocabulary without merging its way there. */
    boolean ignoresMerges() {
        return llama3;
    }

    /** Qwen2 composes accents first. */
    boolean composes() {
        return this == QWEN2;
    }

    /** The pre_tokenizer entry of tokenizer.json. */
    ObjectNode json() {
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
