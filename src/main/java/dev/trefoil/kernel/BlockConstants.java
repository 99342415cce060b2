package dev.trefoil.kernel;

/**
 * The switches of one model's decoder block.
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
 */
public record BlockConstants(
        int heads,
        int kvHeads,
        int headDim,
        double normEps,
        boolean layerNorm,
        boolean parallelResidual,
        boolean gated,
        int activation,
        boolean qkNorm) {}
