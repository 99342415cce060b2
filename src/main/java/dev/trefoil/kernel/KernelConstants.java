package dev.trefoil.kernel;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is fixed for one model: the switches of its decoder block and how products are computed.
 *
 * @param heads query heads
 * @param kvHeads key-value heads
 * @param headDim width of a head
 * @param normEps added to the mean square or variance
 * @param layerNorm layer norm instead of root-mean-square norm
 * @param parallelResidual attention and feed-forward read the same input (GPT-NeoX)
 * @param gated the feed-forward part has a gate
 * @param activation 0 silu, 1 gelu, 2 gelu with tanh, 3 relu
 * @param qkNorm queries and keys are normalised
 * @param bf16 activations in bfloat16, else float32
 * @param int8Forward activations are quantised too (LLM.int8()), else int8 weights are dequantised
 * @param int8Backward gradients are quantised by row for the products back
 * @param threshold activations at or beyond it are outliers; 0 for none
 * @param outlierEntries only the outliers themselves are multiplied in float, not their columns
 * @param trainWeights the blocks' weights are trained themselves, so the pass back gives their gradients too
 * @param int8Unit what a product of two int8 codes is multiplied by beside the absmax of both rows: 1/127^2
 */
public record KernelConstants(
        int heads,
        int kvHeads,
        int headDim,
        double normEps,
        boolean layerNorm,
        boolean parallelResidual,
        boolean gated,
        int activation,
        boolean qkNorm,
        boolean bf16,
        boolean int8Forward,
        boolean int8Backward,
        double threshold,
        boolean outlierEntries,
        boolean trainWeights,
        double int8Unit) {

    /** 1/127^2. */
    public static final double EXACT_UNIT = 1 / 16129.0;

    /** With the exact unit of int8 products. */
    public KernelConstants(
            int heads,
            int kvHeads,
            int headDim,
            double normEps,
            boolean layerNorm,
            boolean parallelResidual,
            boolean gated,
            int activation,
            boolean qkNorm,
            boolean bf16,
            boolean int8Forward,
            boolean int8Backward,
            double threshold,
            boolean outlierEntries,
            boolean trainWeights) {
        this(
                heads,
                kvHeads,
                headDim,
                normEps,
                layerNorm,
                parallelResidual,
                gated,
                activation,
                qkNorm,
                bf16,
                int8Forward,
                int8Backward,
                threshold,
                outlierEntries,
                trainWeights,
                EXACT_UNIT);
    }

    /** The same with another unit of int8 products. */
    public KernelConstants withInt8Unit(double unit) {
        return new KernelConstants(
                heads,
                kvHeads,
                headDim,
                normEps,
                layerNorm,
                parallelResidual,
                gated,
                activation,
                qkNorm,
                bf16,
                int8Forward,
                int8Backward,
                threshold,
                outlierEntries,
                trainWeights,
                unit);
    }

    Map<String, Object> attributes() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("heads", heads);
        values.put("kv_heads", kvHeads);
        values.put("head_dim", headDim);
        values.put("attention_scale", 1 / Math.sqrt(headDim));
        values.put("norm_eps", normEps);
        values.put("layer_norm", layerNorm);
        values.put("parallel_residual", parallelResidual);
        values.put("gated", gated);
        values.put("activation", activation);
        values.put("qk_norm", qkNorm);
        values.put("bf16", bf16);
        values.put("int8_forward", int8Forward);
        values.put("int8_backward", int8Backward);
        values.put("threshold", threshold);
        values.put("int8_unit", int8Unit);
        values.put("outlier_entries", outlierEntries);
        values.put("train_weights", trainWeights);
        return values;
    }
}
