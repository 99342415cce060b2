package dev.trefoil.plan;

import dev.trefoil.quant.Precision;

/**
 * What a product through a frozen weight takes beside its input and its result, in bytes; the tensors are those of
 * kernels/linear.py.
 *
 * @param precision of the weight
 */
record ProductMemory(EngineMemory engine, Precision precision) {

    private static final int FLOAT = 4;

    /** Entries of the pieces in which weights and rows are converted: float32, and its copy or its int32 source. */
    private static final long PIECE = (1L << 20) * 2 * FLOAT;

    /** Rows of an int8 product back whose int32 result is there at once. */
    private static final long LEAST_ROWS = 512;

    /** n rows of {@code in} numbers to {@code out}. */
    long forward(long n, long in, long out) {
        if (precision == Precision.INT8 && engine.int8Forward()) {
            return n * in + 2 * PIECE;
        }
        return dequantised(in, out);
    }

    /** The same of the feed-forward part's last linear. */
    long down(long n, long in, long out) {
        return engine.int8InnerForward() ? forward(n, in, out) : dequantised(in, out);
    }

    /** The same as {@link #backward} of its first linear. */
    long upBack(long n, long in, long out) {
        return engine.int8InnerBackward() ? backward(n, in, out) : dequantised(in, out);
    }

    /** n gradient rows of {@code out} numbers back to {@code in}. */
    long backward(long n, long in, long out) {
        if (precision == Precision.INT8 && engine.int8Backward()) {
            return n * out + Math.min(n, LEAST_ROWS) * in * FLOAT + 2 * PIECE;
        }
        return dequantised(in, out);
    }

    private long dequantised(long in, long out) {
        int stored = precision.elementBytes();
        return engine.keptLinears() > 0 || stored == engine.valueBytes() ? 0 : in * out * engine.valueBytes() + PIECE;
    }
}
