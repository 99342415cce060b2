package dev.trefoil.model;

/**
 * The slopes of attention with linear biases (Press et al. 2021, section 3): powers of 2^(-8/n) for n heads; where n is no power of
 * two, those of the power below, then every other one of the power above, as BLOOM has them.
 */
final class AlibiSlopes {

    private static final double LAST_EXPONENT = 8;

    private AlibiSlopes() {}

    /** One slope a head, above 0. */
    static float[] of(int heads) {
        int below = Integer.highestOneBit(heads);
        float[] slopes = new float[heads];
        for (int i = 0; i < heads; i++) {
            slopes[i] = i < below ? power(below, i + 1) : power(2 * below, 2 * (i - below) + 1);
        }
        return slopes;
    }

    private static float power(int count, int exponent) {
        return (float) Math.pow(2, -LAST_EXPONENT * exponent / count);
    }
}
