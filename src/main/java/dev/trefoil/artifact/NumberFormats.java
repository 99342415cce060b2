package dev.trefoil.artifact;

/** Conversions between float32 and the two 16-bit formats, bit for bit as IEEE 754 hardware does them (round half to even). */
public final class NumberFormats {

    private NumberFormats() {}

    /** IEEE 754 binary16 to float32, exact. */
    public static float fromHalf(short half) {
        int bits = half & 0xffff;
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >>> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            // A subnormal is fraction * 2^-24; the product is exact in float32.
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        if (exponent == 31) {
            return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        }
        return Float.intBitsToFloat(sign | exponent + 112 << 23 | fraction << 13);
    }

    /** float32 to IEEE 754 binary16; beyond 65504 (after rounding) it is an infinity. */
    public static short toHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude >= 0x7f800000) {
            boolean nan = magnitude > 0x7f800000;
            return (short) (sign | 0x7c00 | (nan ? 0x200 | magnitude >>> 13 & 0x3ff : 0));
        }
        if (magnitude >= 0x38800000) {
            // Normal result: rebias the exponent, then add just under half a unit plus the lowest kept bit. A carry
            // runs into
            // the exponent, up to infinity, as it must.
            int rounded = magnitude - 0x38000000 + 0xfff + (magnitude >>> 13 & 1) >>> 13;
            return (short) (sign | Math.min(rounded, 0x7c00));
        }
        // Subnormal result: a multiple of 2^-24; scaling by a power of two is exact, rint rounds half to even.
        int units = (int) Math.rint(Float.intBitsToFloat(magnitude) * 0x1p24);
        return (short) (sign | units);
    }

    /** bfloat16 to float32, exact. */
    public static float fromBfloat16(short value) {
        return Float.intBitsToFloat(value << 16);
    }

    /** float32 to bfloat16, round half to even; NaN stays NaN. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
