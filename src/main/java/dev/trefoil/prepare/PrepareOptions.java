package dev.trefoil.prepare;

import dev.trefoil.quant.Precision;

/**
 * What to make of a checkpoint.
 *
 * @param precision of the blocks' linears
 * @param embeddings precision of embedding and head
 * @param overwrite whether an old base store under the same name may be replaced
 */
public record PrepareOptions(Precision precision, Embeddings embeddings, boolean overwrite) {

    /** AUTO takes float32 beside float32 linears and bfloat16 otherwise. */
    public enum Embeddings {
        AUTO,
        FP32,
        BF16
    }

    public static PrepareOptions defaults() {
        return new PrepareOptions(Precision.INT8, Embeddings.AUTO, false);
    }

    public static PrepareOptions of(Precision precision) {
        return new PrepareOptions(precision, Embeddings.AUTO, false);
    }

    Precision embeddingPrecision() {
        return switch (embeddings) {
            case AUTO -> precision == Precision.FP32 ? Precision.FP32 : Precision.BF16;
            case FP32 -> Precision.FP32;
            case BF16 -> Precision.BF16;
        };
    }
}
