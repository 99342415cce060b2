package dev.trefoil.model;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/**
 * How the base is computed with, the same for all stages of a run.
 *
 * @param compute number format of activations
 * @param int8Forward whether activations are quantised for int8 bases (LLM.int8()); otherwise weights are dequantised
 * @param int8Backward whether gradients are quantised by row for the products back through int8 weights
 * @param threshold activations at or beyond it put their column in float
 * @param save what training keeps of a block
 */
public record EngineConfig(
        @Doc("Number format of activations: bf16 (speed) or fp32 (parity).")
        Compute compute,

        @Doc("Quantise activations for the products of an int8 base (LLM.int8()); false dequantises the weights.")
        boolean int8Forward,

        @Doc("Quantise gradient rows for the products back through an int8 base.")
        boolean int8Backward,

        @Range(min = 0) @Doc("Activation columns with an entry at or beyond this are multiplied in float; 0 for none.")
        double threshold,

        @Doc("What training keeps of a block: inputs (least memory), attention, all (fastest).")
        SavePolicy save) {

    public static EngineConfig defaults() {
        return new EngineConfig(Compute.BF16, true, true, 6.0, SavePolicy.ALL);
    }

    /** Exact arithmetic: float32 activations against dequantised weights. */
    public static EngineConfig parity() {
        return new EngineConfig(Compute.FP32, false, false, 6.0, SavePolicy.ALL);
    }

    public EngineConfig with(SavePolicy policy) {
        return new EngineConfig(compute, int8Forward, int8Backward, threshold, policy);
    }
}
