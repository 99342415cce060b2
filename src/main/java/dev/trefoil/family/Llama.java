package dev.trefoil.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.Slot;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * LLaMA and the two families that differ from it in settings only: Mistral (without its sliding window) and Qwen2 (biased q, k, v).
 */
final class Llama implements Family {

    static final List<String> MODEL_TYPES = List.of("llama", "mistral", "qwen2");

    private static final String ATTENTION = ".self_attn.";
    private static final String MLP = ".mlp.";

    private final String modelType;

    Llama(String modelType) {
        this.modelType = modelType;
    }

    @Override
    public String name() {
        return modelType;
    }

    @Override
    public Blueprint blueprint(JsonNode node, String where) {
        PublishedConfig config = new PublishedConfig(node, where);
        config.refuse("quantization_config", "weights in F32, F16 or BF16; take the checkpoint that was not quantised");
        int heads = config.size("num_attention_heads");
        int hidden = config.size("hidden_size");
        int headDim = config.size("head_dim", hidden / Math.max(1, heads));
        int context = config.size("max_position_embeddings");
        refuseWindow(config, context);
        boolean qwen = modelType.equals("qwen2");
        boolean biased = config.flag("attention_bias", false);
        boolean mlpBias = config.flag("mlp_bias", false);
        return config.checked(() -> {
            Shape shape = new Shape(
                    config.size("vocab_size"),
                    hidden,
                    config.size("num_hidden_layers"),
                    heads,
                    config.size("num_key_value_heads", heads),
                    headDim,
                    config.size("intermediate_size"),
                    context);
            Switches switches = new Switches(
                    Switches.Norm.RMS,
                    config.number("rms_norm_eps", 1e-6),
                    Switches.Position.ROTARY,
                    config.ropeTheta(),
                    config.rotaryDims(headDim),
                    config.ropeScaling(),
                    Switches.Residual.SEQUENTIAL,
                    Switches.Mlp.GATED,
                    config.activation("hidden_act"),
                    qwen || biased,
                    !qwen && biased,
                    mlpBias,
                    mlpBias,
                    config.flag("tie_word_embeddings", false),
                    true,
                    false,
                    0,
                    false);
            return new Blueprint(modelType, shape, switches, config.tokens(), config.number("initializer_range", 0.02));
        });
    }

    private void refuseWindow(PublishedConfig config, int context) {
        boolean windowed =
                modelType.equals("mistral") || modelType.equals("qwen2") && config.flag("use_sliding_window", false);
        if (windowed && config.size("sliding_window", context) < context) {
            throw config.fault("sliding_window: found a window below the context of " + context
                    + ", wanted null: sliding-window attention is not supported");
        }
    }

    @Override
    public Map<String, List<Part>> parts(BaseConfig config) {
        Shape shape = config.shape();
        int hidden = shape.hiddenSize();
        Map<String, List<Part>> parts = new LinkedHashMap<>();
        parts.put("embed.weight", List.of(new Part("model.embed_tokens.weight", shape.vocabSize(), hidden)));
        for (int i = 0; i < shape.layers(); i++) {
            String published = "model.layers." + i;
            String canonical = "layers." + i + ".";
            parts.put(canonical + "norm1.weight", norm(published + ".input_layernorm.weight", hidden));
            parts.put(canonical + "norm2.weight", norm(published + ".post_attention_layernorm.weight", hidden));
        }
        for (LinearSite site : sites(config)) {
            String canonical =
                    "layers." + site.layer() + "." + site.slot().name().toLowerCase(Locale.ROOT);
            add(parts, canonical + ".weight", new Part(site.module() + ".weight", site.rows(), site.columns()));
            if (biased(site.slot(), config.switches())) {
                add(parts, canonical + ".bias", new Part(site.module() + ".bias", 1, site.rows()));
            }
        }
        parts.put("final_norm.weight", norm("model.norm.weight", hidden));
        if (!config.switches().tiedHead()) {
            parts.put("head.weight", List.of(new Part("lm_head.weight", shape.vocabSize(), hidden)));
        }
        return parts;
    }

    private static void add(Map<String, List<Part>> parts, String canonical, Part part) {
        parts.computeIfAbsent(canonical, name -> new ArrayList<>()).add(part);
    }

    private static List<Part> norm(String name, int size) {
        return List.of(new Part(name, 1, size));
    }

    private static boolean biased(Slot slot, Switches switches) {
        return switch (slot) {
            case QKV -> switches.qkvBias();
            case OUT -> switches.outBias();
            case UP -> switches.upBias();
            case DOWN -> switches.downBias();
        };
    }

    @Override
    public String published(String found) {
        boolean bare = found.startsWith("layers.") || found.startsWith("embed_tokens.") || found.startsWith("norm.");
        return bare ? "model." + found : found;
    }

    @Override
    public boolean ignorable(String published, BaseConfig config) {
        return published.endsWith("rotary_emb.inv_freq")
                || config.switches().tiedHead() && published.equals("lm_head.weight");
    }

    @Override
    public List<LinearSite> sites(BaseConfig config) {
        Shape shape = config.shape();
        int hidden = shape.hiddenSize();
        int query = shape.queryRows();
        int key = shape.keyRows();
        int inner = shape.intermediateSize();
        List<LinearSite> sites = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            String layer = "model.layers." + i;
            sites.add(new LinearSite(i, Slot.QKV, layer + ATTENTION + "q_proj", 0, query, hidden));
            sites.add(new LinearSite(i, Slot.QKV, layer + ATTENTION + "k_proj", query, key, hidden));
            sites.add(new LinearSite(i, Slot.QKV, layer + ATTENTION + "v_proj", query + key, key, hidden));
            sites.add(new LinearSite(i, Slot.OUT, layer + ATTENTION + "o_proj", 0, hidden, query));
            sites.add(new LinearSite(i, Slot.UP, layer + MLP + "gate_proj", 0, inner, hidden));
            sites.add(new LinearSite(i, Slot.UP, layer + MLP + "up_proj", inner, inner, hidden));
            sites.add(new LinearSite(i, Slot.DOWN, layer + MLP + "down_proj", 0, hidden, inner));
        }
        return sites;
    }
}
