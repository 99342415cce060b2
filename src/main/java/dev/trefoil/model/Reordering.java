package dev.trefoil.model;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Precision;
import java.util.Set;

/** Which weights a generation brings, for its time, into an order in which the engine reads them fastest; see decode.py. */
public enum Reordering {
    NONE,
    /** The head's, in bfloat16. */
    HEAD,
    /** The head's and those of all linears, in bfloat16. */
    ALL,
    /** The same for one row: weights lie as its product reads them, those in int8 stay so. */
    STREAMED;

    /** From here on products with bfloat16 weights are faster than those that read int8 weights row by row. */
    static final int LEAST_BFLOAT16_ROWS = 8;

    /** New tokens that win back the time that reordering takes. */
    private static final int LEAST_STEPS = 16;

    /** Processors for which the engine compiles the sums of rows that a product of one row is; on others they are slow. */
    private static final boolean STREAMS = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

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
        if (engine.compute() != Compute.BF16 || steps < LEAST_STEPS || !engine.hasRoomFor(HEAD.bytes(base))) {
            return NONE;
        }
        if (STREAMS && rows == 1 && engine.hasRoomFor(STREAMED.linearBytes(base))) {
            return STREAMED;
        }
        boolean byRow = rows < LEAST_BFLOAT16_ROWS && base.precision() == Precision.INT8;
        boolean already = engine.keepsLinears(base);
        return byRow || already || !engine.hasRoomFor(ALL.linearBytes(base)) ? HEAD : ALL;
    }

    /** Bytes of what is reordered. */
    public long bytes(BaseConfig base) {
        long head = (long) base.shape().vocabSize() * base.shape().hiddenSize();
        return this == NONE ? 0 : BFLOAT16 * head + linearBytes(base);
    }

    private long linearBytes(BaseConfig base) {
        long weights = BaseLayout.linearWeights(base);
        return switch (this) {
            case NONE, HEAD -> 0;
            case ALL -> BFLOAT16 * weights;
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
