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

    private final float[] levels;
    private final int zero;

    private DynamicCode(float[] levels) {
        this.levels = levels;
        this.zero = nearest(0f);
    }

    /** Levels from near -1 to 1, for first moments. */
    static DynamicCode signed() {
        return new DynamicCode(levels(true));
    }

    /** Levels from 0 to 1, for second moments. */
    static DynamicCode unsigned() {
        return new DynamicCode(levels(false));
    }

    /** A copy of the 256 levels, ascending. */
    float[] levels() {
        return levels.clone();
    }

    /** The code of level 0. */
    int zero() {
        return zero;
    }

    float level(int code) {
        return levels[code];
    }

    /** The code of the level nearest to {@code x}; between two equally near ones the lower. */
    int nearest(float x) {
        int found = Arrays.binarySearch(levels, x);
        if (found >= 0) {
            return found;
        }
        int above = -found - 1;
        if (above == 0) {
            return 0;
        }
        if (above == LEVELS) {
            return LEVELS - 1;
        }
        return levels[above] - x < x - levels[above - 1] ? above : above - 1;
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
