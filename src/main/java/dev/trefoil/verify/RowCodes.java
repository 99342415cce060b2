package dev.trefoil.verify;

import dev.trefoil.artifact.NumberFormats;

/** Int8 codes of rows, code = round(127 / absmax * value), and where a rounding could as well have gone the other way. */
final class RowCodes {

    /** How far from the middle of two codes a value counts as a tie. */
    private static final double TIE = 1e-3;

    private RowCodes() {}

    /** For values that are rounded to fp16 before they are coded. */
    static boolean[] ties(float[] values, float[] absmax, int columns) {
        boolean[] ties = new boolean[values.length];
        for (int i = 0; i < ties.length; i++) {
            double code = 127.0 * half(values[i]) / absmax[i / columns];
            ties[i] = Math.abs(Math.abs(code - Math.floor(code)) - 0.5) < TIE;
        }
        return ties;
    }

    static float half(float value) {
        return NumberFormats.fromHalf(NumberFormats.toHalf(value));
    }
}
