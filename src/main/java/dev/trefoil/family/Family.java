package dev.trefoil.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Blueprint;
import java.util.List;
import java.util.Map;

/** The published side of a model: names of weights, spelling of the configuration. */
public interface Family {

    /**
     * One published tensor that is a run of rows of a canonical one.
     *
     * @param name as in the checkpoint, such as {@code model.layers.0.mlp.gate_proj.weight}
     * @param rows its rows; 1 for a vector
     * @param columns its columns, or a vector's length
     */
    record Part(String name, int rows, int columns) {}

    /**
     * The family for a {@code model_type} of Hugging Face's config.json.
     *
     * @throws UserError when it is not supported
     */
    static Family of(String modelType) {
        if (Llama.MODEL_TYPES.contains(modelType)) {
            return new Llama(modelType);
        }
        throw UserError.data("model_type: found '" + modelType + "', wanted one of "
                + String.join(", ", Llama.MODEL_TYPES) + "; other families are not supported yet");
    }

    /** As {@code model_type} spells it. */
    String name();

    /**
     * Reads a Hugging Face config.json, of transformers 4 or 5.
     *
     * @param where names the file in messages
     * @throws UserError when a key is missing, out of range, or asks for something that is not supported
     */
    Blueprint blueprint(JsonNode config, String where);

    /** Canonical tensors (without absmax), each with the published tensors that make it up, in row order. */
    Map<String, List<Part>> parts(BaseConfig config);

    /** The full published name of a tensor whose checkpoint may leave out the leading module ({@code model.}). */
    String published(String found);

    /** Whether a published tensor is a leftover buffer that is computed anew and may be skipped. */
    boolean ignorable(String published, BaseConfig config);

    /** All published linears of the blocks, layer by layer, in the order of the computation. */
    List<LinearSite> sites(BaseConfig config);
}
