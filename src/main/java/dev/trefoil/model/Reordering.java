package dev.trefoil.model;

import dev.trefoil.kernel.KernelConstants;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Precision;

/** Which weights a generation brings, for its time, into an order in which the engine reads them fastest; see decode.py. */
public enum Reordering {
    NONE,
    /** The head's, in the format of activations. */
    HEAD,
    /** The head's and those of all linears, in bfloat16; in float32 it is faster to make these anew for each token. */
    ALL,
    /** The same for one row: weights lie as its product reads them, in bfloat16, those in int8 stay so; in float32 the head's as with HEAD. */
    STREAMED;

    /** From here on products with bfloat16 weights are faster than those that read int8 weights row by row. */
    static final int LEAST_BFLOAT16_ROWS = 8;

    /** New tokens that win back the time that reordering takes. */
    private static final int LEAST_STEPS = 16;

    private static final int BFLOAT16 = 2;

    /** Bytes of a streamed int8 weight: behind some 160 stand eight more, see linear.py. */
    private static final double STREAMED_INT8 = 1.05;

    /**
     * Of a generation on a processor that has such products.
     *
     * @param rows decoded at a time
     * @param steps new tokens of a row at most
     */
    public static Reordering of(BaseConfig base, EngineConfig engine, int rows, int steps) {
        Compute compute = engine.compute();
        if (steps < LEAST_STEPS || !engine.hasRoomFor(HEAD.bytes(base, compute))) {
            return NONE;
        }
        // what is streamed in bfloat16 is rounded, and int8 products quantise activations, which streaming does not
        boolean rounds = compute == Compute.FP32 && (base.precision() != Precision.INT8 || engine.int8Forward());
        if (KernelConstants.X86 && rows == 1 && !rounds && engine.hasRoomFor(STREAMED.linearBytes(base, compute))) {
            return STREAMED;
        }
        if (compute == Compute.FP32) {
            return HEAD;
        }
        boolean byRow = rows < LEAST_BFLOAT16_ROWS && base.precision() == Precision.INT8;
        boolean already = engine.keepsLinears(base);
        return byRow || already || !engine.hasRoomFor(ALL.linearBytes(base, compute)) ? HEAD : ALL;
    }

    /** Bytes of what is reordered. */
    public long bytes(BaseConfig base, Compute compute) {
        long head = (long) base.shape().vocabSize() * base.shape().hiddenSize();
        return this == NONE ? 0 : compute.bytes() * head + linearBytes(base, compute);
    }

    private long linearBytes(BaseConfig base, Compute compute) {
        long weights = BaseLayout.linearWeights(base);
        return switch (this) {
            case NONE, HEAD -> 0;
            case ALL -> compute.bytes() * weights;
            case STREAMED ->
                base.precision() == Precision.INT8 ? Math.round(STREAMED_INT8 * weights) : BFLOAT16 * weights;
        };
    }

    /** Whether those of the blocks are read where the base has them. */
    boolean readsMapped() {
        return this == ALL || this == STREAMED;
    }

    /** As decode.py takes it. */
    long code() {
        return ordinal();
    }
}
