package dev.trefoil.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Ids of the special tokens; null where a tokenizer names none.
 *
 * @param bos begins a text
 * @param eos ends a text
 * @param pad fills rows; only ever a filler, never a mask
 */
public record SpecialTokens(Integer bos, Integer eos, Integer pad) {

    private static final JsonMapper JSON = new JsonMapper();

    /** Files that name special tokens by text, the first that does decides; ids of config.json come last. */
    private static final List<String> BY_TEXT = List.of("tokenizer_config.json", "special_tokens_map.json");

    private static final List<String> BY_ID = List.of("generation_config.json", "config.json");

    /** Reads the files beside tokenizer.json. */
    static SpecialTokens read(Path folder, Map<String, Integer> vocabulary) {
        return new SpecialTokens(
                find(folder, "bos_token", vocabulary),
                find(folder, "eos_token", vocabulary),
                find(folder, "pad_token", vocabulary));
    }

    private static Integer find(Path folder, String key, Map<String, Integer> vocabulary) {
        for (String name : BY_TEXT) {
            JsonNode token = json(folder.resolve(name)).path(key);
            String text = token.isObject() ? token.path("content").asText(null) : token.textValue();
            if (text != null) {
                Integer id = vocabulary.get(text);
                if (id == null) {
                    throw UserError.data(folder.resolve(name) + ": " + key + " is `" + text
                            + "`, which tokenizer.json does not know; the two files are not of one model");
                }
                return id;
            }
        }
        for (String name : BY_ID) {
            JsonNode id = json(folder.resolve(name)).path(key + "_id");
            JsonNode first = id.isArray() ? id.path(0) : id;
            if (first.isInt() && first.intValue() >= 0) {
                return first.intValue();
            }
        }
        return null;
    }

    private static JsonNode json(Path file) {
        try {
            return Files.exists(file) ? JSON.readTree(file.toFile()) : JSON.createObjectNode();
        } catch (IOException e) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    file + ": not valid JSON: "
                            + e.getMessage().lines().findFirst().orElse("") + "; fetch it again",
                    e);
        }
    }
}
