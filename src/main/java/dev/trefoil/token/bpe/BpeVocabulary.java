package dev.trefoil.token.bpe;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A trained vocabulary.
 *
 * @param tokens by id: end of text, pad, the 256 byte letters, then merged tokens in the order they were learnt
 * @param merges "left right", the most urgent first
 */
public record BpeVocabulary(BpeConfig config, List<String> tokens, List<String> merges) {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    public BpeVocabulary {
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
    }

    /** Writes tokenizer.json and tokenizer_config.json in the format of Hugging Face; makes the folder as needed. */
    public void write(Path folder) {
        try {
            Files.createDirectories(folder);
            write(folder.resolve("tokenizer.json"), tokenizer());
            write(folder.resolve("tokenizer_config.json"), settings());
        } catch (IOException e) {
            throw new UserError(
                    ExitCode.FAILED,
                    folder + ": the tokenizer cannot be written (" + e
                            + "); choose a folder that is writable and has space",
                    e);
        }
    }

    private static void write(Path file, ObjectNode tree) throws IOException {
        Files.writeString(file, JSON.writeValueAsString(tree).replace(System.lineSeparator(), "\n") + "\n");
    }

    private ObjectNode tokenizer() {
        ObjectNode tree = JSON.createObjectNode();
        tree.put("version", "1.0").putNull("truncation").putNull("padding");
        var added = tree.putArray("added_tokens");
        for (int id = 0; id < BpeConfig.SPECIAL; id++) {
            added.addObject()
                    .put("id", id)
                    .put("content", tokens.get(id))
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        tree.putNull("normalizer");
        byteLevel(tree.putObject("pre_tokenizer"));
        tree.putNull("post_processor");
        byteLevel(tree.putObject("decoder"));
        model(tree.putObject("model"));
        return tree;
    }

    private static void byteLevel(ObjectNode part) {
        part.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private void model(ObjectNode model) {
        model.put("type", "BPE")
                .putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", false)
                .put("byte_fallback", false);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        var rules = model.putArray("merges");
        merges.forEach(rules::add);
    }

    private ObjectNode settings() {
        return JSON.createObjectNode()
                .put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("model_max_length", config.longestText())
                .put("clean_up_tokenization_spaces", false)
                .put("eos_token", config.endOfText())
                .put("pad_token", config.pad());
    }
}
