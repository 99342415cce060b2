package dev.trefoil.optim;

import java.util.Arrays;

/**
 * The 256 levels of blockwise dynamic quantisation: seven decades below 1, each with evenly spaced midpoints, more of them the
 * larger the decade. Source: Dettmers et al., "8-bit Optimizers via Block-wise Quantization", https://arxiv.org/abs/2110.02861,
 * section 2.1; the levels are those of bitsandbytes ({@code create_dynamic_map}).
 */
final class DynamicCode {

    private static final int DECADES = 7;
    private static final int LEVELS = 256;

    /** A bucket is a sign, an exponent and the upper mantissa bits: so narrow that few levels lie in one. */
    private static final int BUCKET_BITS = Float.SIZE - 15;

    private final float[] levels;
    private final short[] lowestOfBucket;

    private DynamicCode(float[] levels, short[] lowestOfBucket) {
        this.levels = levels;
        this.lowestOfBucket = lowestOfBucket;
    }

    /** Levels from near -1 to 1, for first moments. */
    static DynamicCode signed() {
        return of(levels(true));
    }

    /** Levels from 0 to 1, for second moments. */
    static DynamicCode unsigned() {
        return of(levels(false));
    }

    /** A copy of the 256 levels, ascending. */
    float[] levels() {
        return levels.clone();
    }

    /** The code of level 0. */
    int zero() {
        return nearest(0f);
    }

    float level(int code) {
        return levels[code];
    }

    /** The code of the level nearest to {@code x}, which is finite; between two equally near ones the lower. */
    int nearest(float x) {
        int code = lowestOfBucket[Float.floatToRawIntBits(x) >>> BUCKET_BITS];
        while (code < LEVELS - 1 && levels[code + 1] <= x) {
            code++;
        }
        return code < LEVELS - 1 && levels[code + 1] - x < x - levels[code] ? code + 1 : code;
    }

    private static DynamicCode of(float[] levels) {
        short[] lowest = new short[1 << (Float.SIZE - BUCKET_BITS)];
        for (int bucket = 0; bucket < lowest.length; bucket++) {
            float first = Float.intBitsToFloat(bucket << BUCKET_BITS);
            float last = Float.intBitsToFloat((bucket << BUCKET_BITS) + (1 << BUCKET_BITS) - 1);
            int found = Arrays.binarySearch(levels, Math.min(first, last));
            lowest[bucket] = (short) Math.max(0, found >= 0 ? found : -found - 2);
        }
        return new DynamicCode(levels, lowest);
    }

    private static float[] levels(boolean signed) {
        float[] levels = new float[LEVELS];
        int at = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int steps = 1 << (signed ? decade : decade + 1);
            float scale = (float) Math.pow(10, decade - (DECADES - 1));
            for (int i = 0; i < steps; i++) {
                float middle = scale * ((boundary(i, steps) + boundary(i + 1, steps)) / 2);
                levels[at++] = middle;
                if (signed) {
                    levels[at++] = -middle;
                }
            }
        }
        levels[at++] = 0f;
        levels[at++] = 1f;
        if (at != LEVELS) {
            throw new IllegalStateException(at + " levels");
        }
        Arrays.sort(levels);
        return levels;
    }

    /** Boundary i of {@code steps} even steps from 0.1 to 1, counted from the nearer end as torch.linspace does. */
    private static float boundary(int i, int steps) {
        float step = (1f - 0.1f) / steps;
        return i < (steps + 1) / 2 ? 0.1f + step * i : 1f - step * (steps - i);
    }
}
