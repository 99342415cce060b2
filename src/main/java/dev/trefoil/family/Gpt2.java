package dev.trefoil.family;

import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;

/** GPT-2: learned positions, layer norms, everything biased, linears stored as [in, out]. */
final class Gpt2 {

    private static final int MLP_TIMES_HIDDEN = 4;

    private Gpt2() {}

    static Blueprint blueprint(PublishedConfig config) {
        config.refuseUnless("scale_attn_weights", true);
        config.refuseUnless("scale_attn_by_inverse_layer_idx", false);
        config.refuseUnless("add_cross_attention", false);
        int heads = config.size(config.either("n_head", "num_attention_heads"));
        int hidden = config.size(config.either("n_embd", "hidden_size"));
        Shape shape = new Shape(
                config.size("vocab_size"),
                hidden,
                config.size(config.either("n_layer", "num_hidden_layers")),
                heads,
                heads,
                config.headDim(hidden, heads),
                config.size("n_inner", MLP_TIMES_HIDDEN * hidden),
                config.size(config.either("n_positions", "n_ctx")));
        Switches switches = new Switches(
                Switches.Norm.LAYER,
                config.number("layer_norm_epsilon", 1e-5),
                Switches.Position.LEARNED,
                0,
                0,
                null,
                Switches.Residual.SEQUENTIAL,
                Switches.Mlp.PLAIN,
                config.activation("activation_function", Switches.Activation.GELU_TANH),
                true,
                true,
                true,
                true,
                config.flag("tie_word_embeddings", true),
                true,
                false,
                0,
                false);
        return new Blueprint("gpt2", shape, switches, config.tokens(), config.number("initializer_range", 0.02));
    }
}
