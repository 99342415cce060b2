package dev.trefoil.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What is fixed for one model; constants of the kernels' module.
 *
 * @param block switches of the decoder block
 * @param arithmetic how products are computed
 * @param trainWeights the blocks' weights are trained themselves, so the pass back gives their gradients too
 */
public record KernelConstants(BlockConstants block, Arithmetic arithmetic, boolean trainWeights) {

    /** Processors for which the engine compiles products, and sums of rows, as they are called for; on others these are slow. */
    public static final boolean X86 = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

    /** For products and sampling alone: the settings of a block do not matter. */
    public static KernelConstants productsOnly(Arithmetic arithmetic) {
        return new KernelConstants(new BlockConstants(1, 1, 1, 1e-6, false, false, true, 0, false), arithmetic, false);
    }

    Map<String, Object> attributes() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("heads", block.heads());
        values.put("kv_heads", block.kvHeads());
        values.put("head_dim", block.headDim());
        values.put("attention_scale", 1 / Math.sqrt(block.headDim()));
        values.put("norm_eps", block.normEps());
        values.put("layer_norm", block.layerNorm());
        values.put("parallel_residual", block.parallelResidual());
        values.put("gated", block.gated());
        values.put("activation", block.activation());
        values.put("qk_norm", block.qkNorm());
        values.put("bf16", arithmetic.bf16());
        values.put("int8_forward", arithmetic.int8Forward());
        values.put("int8_backward", arithmetic.int8Backward());
        values.put("int8_inner_forward", arithmetic.int8Forward() && arithmetic.int8InnerForward());
        values.put("int8_inner_backward", arithmetic.int8Backward() && arithmetic.int8InnerBackward());
        values.put("threshold", arithmetic.threshold());
        values.put("int8_unit", arithmetic.int8Unit());
        values.put("outlier_entries", arithmetic.outlierEntries());
        values.put("largest", arithmetic.largestColumns());
        values.put("query_chunk", arithmetic.queryChunk());
        values.put("onednn_products", X86);
        values.put("train_weights", trainWeights);
        return values;
    }
}
