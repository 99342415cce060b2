package dev.trefoil.family;

import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import java.util.List;

/**
 * LLaMA and the families that differ from it in settings only: Mistral (sliding window), Qwen2 (biased q, k, v), Qwen3 (query and
 * key norms), SmolLM3 (layers without rotation).
 */
final class LlamaLike {

    private LlamaLike() {}

    static Blueprint blueprint(String modelType, PublishedConfig config) {
        int heads = config.size("num_attention_heads");
        int hidden = config.size("hidden_size");
        int headDim = config.size("head_dim", headDim(modelType, hidden, heads));
        Shape shape = new Shape(
                config.size("vocab_size"),
                hidden,
                config.size("num_hidden_layers"),
                heads,
                config.size("num_key_value_heads", heads),
                headDim,
                config.size("intermediate_size"),
                config.size("max_position_embeddings"));
        boolean qwen2 = modelType.equals("qwen2");
        boolean biased = config.flag("attention_bias", false);
        boolean mlpBias = config.flag("mlp_bias", false);
        List<Integer> noRope = modelType.equals("smollm3") ? noRope(config, shape) : List.of();
        Window window = Window.of(modelType, config, shape, noRope);
        Switches switches = new Switches(
                        Switches.Norm.RMS,
                        config.number("rms_norm_eps", 1e-6),
                        Switches.Position.ROTARY,
                        config.ropeTheta("rope_theta", modelType.equals("smollm3") ? 2e6 : 1e4),
                        config.rotaryDims("partial_rotary_factor", 1, headDim),
                        config.ropeScaling(),
                        Switches.Residual.SEQUENTIAL,
                        Switches.Mlp.GATED,
                        config.activation("hidden_act", Switches.Activation.SILU),
                        qwen2 || biased,
                        !qwen2 && biased,
                        mlpBias,
                        mlpBias,
                        // SmolLM3's configuration is the only one of these whose default ties the head.
                        config.flag("tie_word_embeddings", modelType.equals("smollm3")),
                        true,
                        false,
                        window.size(),
                        modelType.equals("qwen3"))
                .withLayers(window.layers(), noRope);
        return new Blueprint(modelType, shape, switches, config.tokens(), config.number("initializer_range", 0.02));
    }

    /** Qwen3's heads are 128 wide whatever the hidden size, unless the configuration says otherwise. */
    private static int headDim(String modelType, int hidden, int heads) {
        return modelType.equals("qwen3") ? 128 : hidden / Math.max(1, heads);
    }

    /** The published list has 1 for a layer that rotates; without it, every fourth layer does not. */
    private static List<Integer> noRope(PublishedConfig config, Shape shape) {
        List<Integer> rotates = config.integers("no_rope_layers");
        int interval = config.size("no_rope_layer_interval", 4);
        if (!rotates.isEmpty() && rotates.size() != shape.layers()) {
            throw config.fault(
                    "no_rope_layers: found " + rotates.size() + " entries, wanted " + shape.layers() + ", one a layer");
        }
        return Window.layersWhere(
                shape, layer -> rotates.isEmpty() ? (layer + 1) % interval == 0 : rotates.get(layer) == 0);
    }
}
