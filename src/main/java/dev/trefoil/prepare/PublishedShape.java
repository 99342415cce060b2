package dev.trefoil.prepare;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A published model's configuration that comes with the program, in resources/shapes: sizes and switches as published, token ids as
 * {@link ReviewTokenizer} has them.
 *
 * @param config as Hugging Face's config.json spells it
 */
record PublishedShape(String name, ObjectNode config) {

    private static final List<String> NAMES = List.of("gpt-neox-20b", "llama-7b", "bloom-3b", "llama-3.2-1b");
    private static final List<String> LAYER_KEYS = List.of("num_hidden_layers", "n_layer");

    /** All names. */
    static List<String> names() {
        return NAMES;
    }

    /** @throws UserError when there is no such shape */
    static PublishedShape of(String name) {
        if (!NAMES.contains(name)) {
            throw new UserError(
                    ExitCode.USAGE, "--synthetic: found '" + name + "', wanted one of " + String.join(", ", NAMES));
        }
        try (InputStream in = PublishedShape.class.getResourceAsStream("/shapes/" + name + ".json")) {
            return new PublishedShape(
                    name, (ObjectNode) JsonMapper.builder().build().readTree(in));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The same with so many layers. */
    PublishedShape withLayers(int layers) {
        ObjectNode changed = config.deepCopy();
        LAYER_KEYS.stream().filter(changed::has).forEach(key -> changed.put(key, layers));
        return new PublishedShape(name, changed);
    }

    /** The family's {@code model_type}. */
    String modelType() {
        return config.path("model_type").asText();
    }
}
