package dev.trefoil.merge;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files beside the weights: the published ones, and config.json as the merged model needs it. */
final class MergedConfig {

    private static final List<String> COMPANIONS = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "tokenizer.model",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja",
            "generation_config.json",
            "LICENSE",
            "LICENSE.txt",
            "LICENSE.md",
            "USE_POLICY.md",
            "NOTICE");

    private static final List<String> LM_ENDINGS = List.of("ForCausalLM", "LMHeadModel");

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private MergedConfig() {}

    static void write(PublishedCheckpoint source, Adapters adapters, Path folder) throws IOException {
        for (String name : COMPANIONS) {
            Path file = source.folder().resolve(name);
            if (Files.isRegularFile(file)) {
                Files.copy(file, folder.resolve(name));
            }
        }
        Path published = source.folder().resolve("config.json");
        if (!(JSON.readTree(published.toFile()) instanceof ObjectNode config)) {
            throw UserError.data(published + ": found no JSON object");
        }
        if (adapters.score().isPresent()) {
            classifier(
                    config,
                    adapters.score().get().module().rows(),
                    source.config().tokens());
        } else if (adapters.head().isPresent()) {
            config.put("tie_word_embeddings", false);
        }
        Files.writeString(folder.resolve("config.json"), JSON.writeValueAsString(config) + "\n");
    }

    /** A batch of texts is scored at each one's last token that is no padding, so transformers wants to know the padding's id. */
    private static void classifier(ObjectNode config, int labels, Tokens tokens) {
        ArrayNode architectures = JSON.createArrayNode();
        config.path("architectures").forEach(name -> architectures.add(classifier(name.asText())));
        if (!architectures.isEmpty()) {
            config.set("architectures", architectures);
        }
        ObjectNode names = config.putObject("id2label");
        ObjectNode ids = config.putObject("label2id");
        for (int i = 0; i < labels; i++) {
            names.put(Integer.toString(i), "LABEL_" + i);
            ids.put("LABEL_" + i, i);
        }
        if (!config.hasNonNull("pad_token_id")) {
            Integer filler = tokens.pad() != null
                    ? tokens.pad()
                    : tokens.eos().isEmpty() ? null : tokens.eos().get(0);
            config.put("pad_token_id", filler);
        }
    }

    /** LlamaForCausalLM becomes LlamaForSequenceClassification. */
    static String classifier(String name) {
        for (String ending : LM_ENDINGS) {
            if (name.endsWith(ending)) {
                return name.substring(0, name.length() - ending.length()) + "ForSequenceClassification";
            }
        }
        return name;
    }
}
