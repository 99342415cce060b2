package dev.trefoil.quant;

import dev.trefoil.artifact.SafeTensorsWriter.Declaration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The canonical tensors of a base store, in order: name, number format, shape. V vocabulary, H hidden size, I intermediate size.
 *
 * <p>{@code embed.weight [V,H]}, {@code position.weight [context,H]}, {@code embed_norm}, then per layer N {@code norm1},
 * {@code qkv.weight [(heads + 2 kvHeads) headDim, H]} (q rows, k rows, v rows), {@code q_norm}, {@code k_norm},
 * {@code out.weight [H, heads headDim]}, {@code norm2}, {@code up.weight [2I,H]} (gate rows, up rows) or {@code [I,H]},
 * {@code down.weight [H,I]}; {@code final_norm}, {@code head.weight [V,H]}. An int8 weight {@code X.weight} has its row scales in
 * {@code X.absmax [rows]}. Norms, biases and absmax are float32.
 */
public final class BaseLayout {

    private final BaseConfig config;
    private final Map<String, Declaration> tensors = new LinkedHashMap<>();

    private BaseLayout(BaseConfig config) {
        this.config = config;
    }

    /** All tensors of a store with this description. */
    public static Map<String, Declaration> tensors(BaseConfig config) {
        BaseLayout layout = new BaseLayout(config);
        layout.declare();
        return layout.tensors;
    }

    /** Numbers in the linears of all blocks. */
    public static long linearWeights(BaseConfig config) {
        Shape shape = config.shape();
        long up = config.switches().gated() ? 2L * shape.intermediateSize() : shape.intermediateSize();
        long width = shape.qkvRows() + shape.queryRows() + up + shape.intermediateSize();
        return shape.layers() * width * shape.hiddenSize();
    }

    /** Those of them in the first linear of the feed-forward part. */
    public static long upWeights(BaseConfig config) {
        return (config.switches().gated() ? 2 : 1) * downWeights(config);
    }

    /** Those of them in the last linear of the feed-forward part. */
    public static long downWeights(BaseConfig config) {
        Shape shape = config.shape();
        return (long) shape.layers() * shape.intermediateSize() * shape.hiddenSize();
    }

    /** What the names of a block's tensors begin with. */
    static String layer(int layer) {
        return "layers." + layer + ".";
    }

    /** Name of the row scales of an int8 weight: {@code layers.0.qkv.weight} has {@code layers.0.qkv.absmax}. */
    public static String absmaxOf(String weight) {
        return weight.substring(0, weight.length() - "weight".length()) + "absmax";
    }

    static String weightOf(String absmax) {
        return absmax.substring(0, absmax.length() - "absmax".length()) + "weight";
    }

    private void declare() {
        Shape shape = config.shape();
        Switches switches = config.switches();
        int hidden = shape.hiddenSize();
        embedding("embed.weight", shape.vocabSize(), hidden);
        if (switches.position() == Switches.Position.LEARNED) {
            embedding("position.weight", shape.contextLength(), hidden);
        }
        if (switches.embeddingNorm()) {
            norm("embed_norm");
        }
        for (int i = 0; i < shape.layers(); i++) {
            layer(layer(i), shape, switches);
        }
        if (switches.finalNorm()) {
            norm("final_norm");
        }
        if (!switches.tiedHead()) {
            embedding("head.weight", shape.vocabSize(), hidden);
        }
    }

    private void layer(String prefix, Shape shape, Switches switches) {
        int hidden = shape.hiddenSize();
        int inner = shape.intermediateSize();
        norm(prefix + "norm1");
        linear(prefix + "qkv", shape.qkvRows(), hidden, switches.qkvBias());
        if (switches.qkNorm()) {
            vector(prefix + "q_norm.weight", shape.headDim());
            vector(prefix + "k_norm.weight", shape.headDim());
        }
        linear(prefix + "out", hidden, shape.queryRows(), switches.outBias());
        norm(prefix + "norm2");
        linear(prefix + "up", switches.gated() ? 2 * inner : inner, hidden, switches.upBias());
        linear(prefix + "down", hidden, inner, switches.downBias());
    }

    private void linear(String name, int rows, int columns, boolean bias) {
        tensors.put(name + ".weight", new Declaration(config.precision().dtype(), new long[] {rows, columns}));
        if (config.precision() == Precision.INT8) {
            vector(name + ".absmax", rows);
        }
        if (bias) {
            vector(name + ".bias", rows);
        }
    }

    private void norm(String name) {
        vector(name + ".weight", config.shape().hiddenSize());
        if (config.switches().normBias()) {
            vector(name + ".bias", config.shape().hiddenSize());
        }
    }

    private void embedding(String name, int rows, int columns) {
        tensors.put(name, new Declaration(config.embeddings().dtype(), new long[] {rows, columns}));
    }

    private void vector(String name, int size) {
        tensors.put(name, new Declaration("F32", new long[] {size}));
    }
}
