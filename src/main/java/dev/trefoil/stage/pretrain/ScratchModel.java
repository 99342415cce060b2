package dev.trefoil.stage.pretrain;

import dev.trefoil.artifact.NumberFormats;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.rl.CounterRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All weights of a LLaMA with a tied head in one float buffer, which the engine sees in place. */
final class ScratchModel {

    /** Standard deviation of new weights, as transformers initialises LLaMA. */
    private static final double INITIALIZER_RANGE = 0.02;

    /** A block's weights, and where each stands among the 18 of block.py. */
    private static final List<String> BLOCK = List.of(".norm1", ".qkv", ".out", ".norm2", ".up", ".down");

    private static final int[] PLACES = {0, 2, 5, 8, 10, 13};

    private record Weight(String name, int rows, int columns, int offset) {
        int length() {
            return rows * columns;
        }
    }

    private final PretrainConfig.Model shape;
    private final int vocabulary;
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final ByteBuffer values;
    private final ByteBuffer gradients;

    private ScratchModel(PretrainConfig.Model shape, int vocabulary) {
        this.shape = shape;
        this.vocabulary = vocabulary;
        declare();
        this.values = floats(size());
        this.gradients = floats(size());
    }

    static ScratchModel create(PretrainConfig.Model shape, int vocabulary, long seed) {
        ScratchModel model = new ScratchModel(shape, vocabulary);
        model.initialise(seed);
        return model;
    }

    private void declare() {
        int hidden = shape.hidden();
        int head = hidden / shape.heads();
        add("embed", vocabulary, hidden);
        add("final_norm", 1, hidden);
        for (int i = 0; i < shape.layers(); i++) {
            add(i + ".norm1", 1, hidden);
            add(i + ".qkv", (shape.heads() + 2 * shape.kvHeads()) * head, hidden);
            add(i + ".out", hidden, hidden);
            add(i + ".norm2", 1, hidden);
            add(i + ".up", 2 * shape.intermediate(), hidden);
            add(i + ".down", hidden, shape.intermediate());
        }
    }

    private void add(String name, int rows, int columns) {
        weights.put(name, new Weight(name, rows, columns, size()));
    }

    /** Number of weights. */
    int size() {
        return weights.values().stream().mapToInt(Weight::length).sum();
    }

    private static ByteBuffer floats(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void initialise(long seed) {
        CounterRandom random = CounterRandom.of(seed, "pretrain", 0, 0, "weights");
        FloatBuffer target = values();
        for (Weight weight : weights.values()) {
            boolean norm = weight.name().contains("norm");
            for (int i = 0; i < weight.length(); i++) {
                target.put(weight.offset() + i, norm ? 1 : (float) (random.gaussian() * INITIALIZER_RANGE));
            }
        }
    }

    FloatBuffer values() {
        return values.asFloatBuffer();
    }

    FloatBuffer gradients() {
        return gradients.asFloatBuffer();
    }

    /** The 18 weights of a block in the order of block.py, seen in place; {@code none} where LLaMA has none. */
    List<KernelArray> block(KernelScope scope, int layer, KernelArray none) {
        List<KernelArray> arrays = new ArrayList<>(Collections.nCopies(Kernels.BLOCK_WEIGHTS, none));
        for (int i = 0; i < BLOCK.size(); i++) {
            arrays.set(PLACES[i], array(scope, layer + BLOCK.get(i)));
        }
        return arrays;
    }

    KernelArray embedding(KernelScope scope) {
        return array(scope, "embed");
    }

    KernelArray finalNorm(KernelScope scope) {
        return array(scope, "final_norm");
    }

    private KernelArray array(KernelScope scope, String name) {
        Weight weight = weights.get(name);
        ByteBuffer slice = values.slice(weight.offset() * Float.BYTES, weight.length() * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        return weight.rows() == 1
                ? scope.float32(slice, weight.columns())
                : scope.float32(slice, weight.rows(), weight.columns());
    }

    /** Takes the gradients of a block's weights as block_vjp gives them, in the order of {@link #BLOCK}. */
    void takeBlockGradients(int layer, List<KernelArray> found) {
        for (int i = 0; i < BLOCK.size(); i++) {
            take(layer + BLOCK.get(i), found.get(i));
        }
    }

    void takeFinalNormGradient(KernelArray gradient) {
        take("final_norm", gradient);
    }

    /** The table is embedding and head in one, so it gets the sum of both. */
    void takeTableGradient(KernelArray ofEmbedding, float[] ofHead) {
        take("embed", ofEmbedding);
        FloatBuffer target = gradients();
        int at = weights.get("embed").offset();
        for (int i = 0; i < ofHead.length; i++) {
            target.put(at + i, target.get(at + i) + ofHead[i]);
        }
    }

    private void take(String name, KernelArray gradient) {
        Weight weight = weights.get(name);
        gradients().put(weight.offset(), gradient.floatBuffer(), 0, weight.length());
    }

    /** Writes model.safetensors in float16 under the names of Hugging Face's LLaMA. */
    void write(Path file) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        int hidden = shape.hidden();
        int kv = shape.kvHeads() * (hidden / shape.heads());
        put(tensors, "model.embed_tokens.weight", "embed", 0, vocabulary);
        for (int i = 0; i < shape.layers(); i++) {
            String at = "model.layers." + i + ".";
            put(tensors, at + "input_layernorm.weight", i + ".norm1", 0, 0);
            put(tensors, at + "self_attn.q_proj.weight", i + ".qkv", 0, hidden);
            put(tensors, at + "self_attn.k_proj.weight", i + ".qkv", hidden, kv);
            put(tensors, at + "self_attn.v_proj.weight", i + ".qkv", hidden + kv, kv);
            put(tensors, at + "self_attn.o_proj.weight", i + ".out", 0, hidden);
            put(tensors, at + "post_attention_layernorm.weight", i + ".norm2", 0, 0);
            put(tensors, at + "mlp.gate_proj.weight", i + ".up", 0, shape.intermediate());
            put(tensors, at + "mlp.up_proj.weight", i + ".up", shape.intermediate(), shape.intermediate());
            put(tensors, at + "mlp.down_proj.weight", i + ".down", 0, hidden);
        }
        put(tensors, "model.norm.weight", "final_norm", 0, 0);
        SafeTensorsWriter.write(file, tensors, Map.of("format", "pt"));
    }

    /** Rows of a weight; 0 rows write a vector. */
    private void put(Map<String, Tensor> tensors, String name, String source, int row, int rows) {
        Weight weight = weights.get(source);
        int count = Math.max(rows, 1) * weight.columns();
        ByteBuffer half = ByteBuffer.allocateDirect(count * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer from = values();
        for (int i = 0; i < count; i++) {
            half.putShort(NumberFormats.toHalf(from.get(weight.offset() + row * weight.columns() + i)));
        }
        half.flip();
        long[] dims = rows == 0 ? new long[] {weight.columns()} : new long[] {rows, weight.columns()};
        tensors.put(name, new Tensor("F16", dims, half));
    }
}
