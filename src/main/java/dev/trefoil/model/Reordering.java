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
     * Of a generation on a processor that has such products.
     *
     * @param rows decoded at a time
     * @param steps new tokens of a row at most
     */
    public static Reordering of(BaseConfig base, EngineConfig engine, int rows, int steps) {
        if (engine.compute() != Compute.BF16 || steps < LEAST_STEPS || !engine.hasRoomFor(head(base))) {
            return NONE;
        }
        boolean byRow = rows < LEAST_BFLOAT16_ROWS && base.precision() == Precision.INT8;
        boolean already = engine.keepsLinears(base);
        return byRow || already || !engine.hasRoomFor(BaseLayout.linearWeights(base)) ? HEAD : ALL;
    }

    /** Bytes of what is reordered. */
    public long bytes(BaseConfig base) {
        return switch (this) {
            case NONE -> 0;
            case HEAD -> BFLOAT16 * head(base);
            case ALL -> BFLOAT16 * (head(base) + BaseLayout.linearWeights(base));
        };
    }

    private static long head(BaseConfig base) {
        return (long) base.shape().vocabSize() * base.shape().hiddenSize();
    }

    /** As decode.py takes it. */
    long code() {
        return ordinal();
    }
}
