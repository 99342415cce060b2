package dev.trefoil.family;

import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;

/** OPT: learned positions, layer norms before each half of a block, ReLU. */
final class Opt {

    /** PyTorch's default, which the published code leaves. */
    private static final double NORM_EPS = 1e-5;

    private Opt() {}

    static Blueprint blueprint(PublishedConfig config) {
        // opt-350m: the norms stand behind the halves, and the embedding is narrower than the blocks
        config.refuseUnless("do_layer_norm_before", true);
        config.refuseUnless("_remove_final_layer_norm", false);
        config.refuseUnless("layer_norm_elementwise_affine", true);
        int heads = config.size("num_attention_heads");
        int hidden = config.size("hidden_size");
        int width = config.size("word_embed_proj_dim", hidden);
        if (width != hidden) {
            throw config.fault("word_embed_proj_dim: found " + width + ", wanted hidden_size " + hidden
                    + ": embeddings narrower than the blocks (opt-350m) are not supported; take opt-125m or opt-1.3b");
        }
        Shape shape = new Shape(
                config.size("vocab_size"),
                hidden,
                config.size("num_hidden_layers"),
                heads,
                heads,
                config.headDim(hidden, heads),
                config.size("ffn_dim"),
                config.size("max_position_embeddings"));
        boolean biased = config.flag("enable_bias", true);
        Switches switches = new Switches(
                Switches.Norm.LAYER,
                NORM_EPS,
                Switches.Position.LEARNED,
                0,
                0,
                null,
                Switches.Residual.SEQUENTIAL,
                Switches.Mlp.PLAIN,
                config.activation("activation_function", Switches.Activation.RELU),
                biased,
                biased,
                biased,
                biased,
                config.flag("tie_word_embeddings", true),
                true,
                false,
                0,
                false);
        return new Blueprint("opt", shape, switches, config.tokens(), config.number("init_std", 0.02));
    }
}
