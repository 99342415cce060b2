package dev.trefoil.family;

import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;

/** BLOOM and BLOOMZ: ALiBi in place of positions, a norm behind the embedding, everything biased. */
final class Bloom {

    private static final int MLP_TIMES_HIDDEN = 4;

    /** What all of the family were trained with; ALiBi itself has no end. */
    private static final int CONTEXT = 2048;

    private Bloom() {}

    static Blueprint blueprint(PublishedConfig config) {
        config.refuseUnless("apply_residual_connection_post_layernorm", false);
        int heads = config.size(config.either("n_head", "num_attention_heads"));
        int hidden = config.size(config.either("n_embed", "hidden_size"));
        Shape shape = new Shape(
                config.size("vocab_size"),
                hidden,
                config.size(config.either("n_layer", "num_hidden_layers")),
                heads,
                heads,
                config.headDim(hidden, heads),
                MLP_TIMES_HIDDEN * hidden,
                config.size("seq_length", CONTEXT));
        Switches switches = new Switches(
                Switches.Norm.LAYER,
                config.number("layer_norm_epsilon", 1e-5),
                Switches.Position.ALIBI,
                0,
                0,
                null,
                Switches.Residual.SEQUENTIAL,
                Switches.Mlp.PLAIN,
                // The published code has no other.
                Switches.Activation.GELU_TANH,
                true,
                true,
                true,
                true,
                config.flag("tie_word_embeddings", true),
                true,
                true,
                0,
                false);
        return new Blueprint("bloom", shape, switches, config.tokens(), config.number("initializer_range", 0.02));
    }
}
