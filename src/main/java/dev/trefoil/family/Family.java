package dev.trefoil.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.RowOrder;
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
     * @param rows its rows, those skipped not counted; 1 for a vector
     * @param columns its columns, or a vector's length
     * @param order how the published rows (or a vector's entries) stand among the canonical ones
     * @param skipped published rows before the first one that is used
     * @param transposed whether it is stored as [columns, rows]
     */
    record Part(String name, int rows, int columns, RowOrder order, int skipped, boolean transposed) {

        /** A tensor stored as it is used. */
        public Part(String name, int rows, int columns) {
            this(name, rows, columns, RowOrder.SAME, 0, false);
        }

        /** The same behind rows that are not used. */
        Part behind(int skippedRows) {
            return new Part(name, rows, columns, order, skippedRows, transposed);
        }
    }

    /**
     * The family for a {@code model_type} of Hugging Face's config.json.
     *
     * @throws UserError when it is not supported
     */
    static Family of(String modelType) {
        return switch (modelType) {
            case "llama", "mistral", "qwen2", "qwen3", "smollm3" ->
                new NamedFamily(modelType, Names.LLAMA, config -> LlamaLike.blueprint(modelType, config));
            case "gpt_neox" -> new NamedFamily(modelType, Names.GPT_NEOX, GptNeox::blueprint);
            case "gpt2" -> new NamedFamily(modelType, Names.GPT2, Gpt2::blueprint);
            case "bloom" -> new NamedFamily(modelType, Names.BLOOM, Bloom::blueprint);
            case "opt" -> new NamedFamily(modelType, Names.OPT, Opt::blueprint);
            default ->
                throw UserError.data("model_type: found '" + modelType + "', wanted one of "
                        + "llama, mistral, qwen2, qwen3, smollm3, gpt_neox, gpt2, bloom, opt; other families are not"
                        + " supported");
        };
    }

    /** As {@code model_type} spells it. */
    String name();

    /** The LM head's name in the checkpoint, without {@code .weight}. */
    String head();

    /** What PEFT calls the LM head's module: today's name first, then those of older versions of transformers. */
    List<String> headModules();

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
