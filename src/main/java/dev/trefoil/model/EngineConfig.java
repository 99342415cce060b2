package dev.trefoil.model;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/**
 * How the base is computed with, the same for all stages of a run.
 *
 * @param compute number format of activations
 * @param int8Forward whether activations are quantised for int8 bases (LLM.int8()); otherwise weights are dequantised
 * @param int8Backward whether gradients are quantised by row for the products back through int8 weights
 * @param threshold activations at or beyond it are outliers, 0 for none
 * @param outliers what is multiplied in float
 * @param save what training keeps of a block
 */
public record EngineConfig(
        @Doc("Number format of activations: bf16 (speed) or fp32 (parity).")
        Compute compute,

        @Doc("Quantise activations for the products of an int8 base (LLM.int8()); false dequantises the weights.")
        boolean int8Forward,

        @Doc("Quantise gradient rows for the products back through an int8 base.")
        boolean int8Backward,

        @Range(min = 0) @Doc("Activations at or beyond this are outliers and multiplied in float; 0 for none.")
        double threshold,

        @Doc(
                "What goes in float: columns (as LLM.int8() is published) or entries (a row does not depend on its batch).")
        Outliers outliers,

        @Doc("What training keeps of a block: inputs (least memory), attention, all (fastest).")
        SavePolicy save) {

    /**
     * bfloat16 activations against dequantised weights. On a 135M model the int8 products are not faster (its rows are short) and
     * their gradients are noisier; on wide models they are several times as fast.
     */
    public static EngineConfig defaults() {
        return new EngineConfig(Compute.BF16, false, false, 6.0, Outliers.ENTRIES, SavePolicy.ALL);
    }

    /** Exact arithmetic: float32 activations against dequantised weights. */
    public static EngineConfig parity() {
        return new EngineConfig(Compute.FP32, false, false, 6.0, Outliers.COLUMNS, SavePolicy.ALL);
    }

    public EngineConfig with(SavePolicy policy) {
        return new EngineConfig(compute, int8Forward, int8Backward, threshold, outliers, policy);
    }
}
