package dev.trefoil.model;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Precision;

/** Which weights a generation brings, for its time, into bfloat16 and the order in which the engine reads them fastest; see decode.py. */
public enum Reordering {
    NONE,
    HEAD,
    /** The head's and those of all linears. */
    ALL;

    /** From here on products with bfloat16 weights are faster than those that read int8 weights row by row. */
    static final int LEAST_BFLOAT16_ROWS = 8;

    /** New tokens that win back the time that reordering takes. */
    private static final int LEAST_STEPS = 16;

    private static final int BFLOAT16 = 2;

    /**
     * Of a generation that computes in bfloat16.
     *
     * @param rows decoded at a time
     * @param steps new tokens of a row at most
     * @param room bytes for the head's weight, and as many for those of the linears
     */
    public static Reordering of(BaseConfig base, int rows, int steps, long room) {
        long head = (long) base.shape().vocabSize() * base.shape().hiddenSize();
        if (steps < LEAST_STEPS || BFLOAT16 * head > room) {
            return NONE;
        }
        boolean byRow = rows < LEAST_BFLOAT16_ROWS && base.precision() == Precision.INT8;
        return byRow || BFLOAT16 * BaseLayout.linearWeights(base) > room ? HEAD : ALL;
    }

    /** Bytes of what is reordered. */
    public long bytes(BaseConfig base) {
        long head = (long) base.shape().vocabSize() * base.shape().hiddenSize();
        return switch (this) {
            case NONE -> 0;
            case HEAD -> BFLOAT16 * head;
            case ALL -> BFLOAT16 * (head + BaseLayout.linearWeights(base));
        };
    }

    /** As decode.py takes it. */
    long code() {
        return ordinal();
    }
}
