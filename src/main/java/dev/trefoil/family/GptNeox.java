package dev.trefoil.family;

import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;

/** GPT-NeoX and Pythia: layer norms, attention and MLP side by side or one behind the other, rotation of a part of each head. */
final class GptNeox {

    private static final double ROTATED_SHARE = 0.25;

    private GptNeox() {}

    static Blueprint blueprint(PublishedConfig config) {
        int heads = config.size("num_attention_heads");
        int hidden = config.size("hidden_size");
        int headDim = config.headDim(hidden, heads);
        Shape shape = new Shape(
                config.size("vocab_size"),
                hidden,
                config.size("num_hidden_layers"),
                heads,
                heads,
                headDim,
                config.size("intermediate_size"),
                config.size("max_position_embeddings"));
        boolean biased = config.flag("attention_bias", true);
        Switches switches = new Switches(
                Switches.Norm.LAYER,
                config.number("layer_norm_eps", 1e-5),
                Switches.Position.ROTARY,
                config.ropeTheta("rotary_emb_base", 1e4),
                config.rotaryDims("rotary_pct", ROTATED_SHARE, headDim),
                config.ropeScaling(),
                config.flag("use_parallel_residual", true) ? Switches.Residual.PARALLEL : Switches.Residual.SEQUENTIAL,
                Switches.Mlp.PLAIN,
                config.activation("hidden_act", Switches.Activation.GELU),
                biased,
                biased,
                true,
                true,
                config.flag("tie_word_embeddings", false),
                true,
                false,
                0,
                false);
        return new Blueprint("gpt_neox", shape, switches, config.tokens(), config.number("initializer_range", 0.02));
    }
}
