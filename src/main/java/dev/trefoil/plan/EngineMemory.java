package dev.trefoil.plan;

/**
 * What of the engine's settings decides memory.
 *
 * @param valueBytes of one activation: 2 in bfloat16, 4 in float32
 * @param saving what layers keep between the passes
 * @param recomputeLayers first layers that keep their inputs alone
 * @param tensorsMapped whether large tensors have mappings of their own, between which the allocator leaves no gaps
 * @param int8Forward whether activations are quantised for products with int8 weights; else the weights are dequantised
 * @param int8Backward whether gradients are
 * @param queryChunk queries whose attention is computed at a time
 * @param int8InnerForward whether, with {@code int8Forward}, the feed-forward part's last linear reads quantised activations too
 * @param int8InnerBackward whether, with {@code int8Backward}, the gradients of what its first linear makes are quantised too
 * @param keptLinears bytes of linears that are kept, dequantised or packed
 */
public record EngineMemory(
        int valueBytes,
        Saving saving,
        int recomputeLayers,
        boolean tensorsMapped,
        boolean int8Forward,
        boolean int8Backward,
        int queryChunk,
        boolean int8InnerForward,
        boolean int8InnerBackward,
        long keptLinears) {

    /** Without int8 products, in the usual chunks. */
    static EngineMemory of(int valueBytes, Saving saving) {
        return new EngineMemory(valueBytes, saving, 0, false, false, false, 128, true, true, 0);
    }
}
