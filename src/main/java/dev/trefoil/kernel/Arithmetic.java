package dev.trefoil.kernel;

/**
 * How products are computed.
 *
 * @param bf16 activations in bfloat16, else float32
 * @param int8Forward activations are quantised too (LLM.int8()), else int8 weights are dequantised
 * @param int8Backward gradients are quantised by row for the products back
 * @param int8InnerForward whether the inner activations of the feed-forward part are, which its last linear reads; only with {@code
 *     int8Forward}
 * @param int8InnerBackward whether the gradients of what its first linear makes are; only with {@code int8Backward}
 * @param threshold activations at or beyond it are outliers; 0 for none
 * @param outlierEntries only the outliers themselves are multiplied in float, not their columns
 * @param largestColumns so many columns that stand out most are multiplied in float, of gradients too, whatever the threshold; 0 for
 *     none
 * @param int8Unit what a product of two int8 codes is multiplied by beside the absmax of both rows: 1/127^2
 * @param queryChunk queries whose attention is computed at a time
 */
public record Arithmetic(
        boolean bf16,
        boolean int8Forward,
        boolean int8Backward,
        boolean int8InnerForward,
        boolean int8InnerBackward,
        double threshold,
        boolean outlierEntries,
        int largestColumns,
        double int8Unit,
        int queryChunk) {

    /** 1/127^2. */
    public static final double EXACT_UNIT = 1 / 16129.0;

    /**
     * Queries at a time: few enough that a chunk's probabilities stay in cache and keys ahead are skipped, enough to keep products
     * large.
     */
    public static final int QUERY_CHUNK = 128;

    /** float32 against dequantised weights. */
    public static Arithmetic fp32() {
        return new Arithmetic(false, false, false, false, false, 0, false, 0, EXACT_UNIT, QUERY_CHUNK);
    }

    /** float32, with the published int8 products forward. */
    public static Arithmetic int8(double threshold) {
        return new Arithmetic(false, true, false, true, false, threshold, false, 0, EXACT_UNIT, QUERY_CHUNK);
    }

    /** The same with another unit of int8 products. */
    public Arithmetic withInt8Unit(double unit) {
        return new Arithmetic(
                bf16,
                int8Forward,
                int8Backward,
                int8InnerForward,
                int8InnerBackward,
                threshold,
                outlierEntries,
                largestColumns,
                unit,
                queryChunk);
    }
}
