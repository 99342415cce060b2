package dev.trefoil.quant;

import dev.trefoil.artifact.NumberFormats;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Rows of int8 as LLM.int8() stores weights (Dettmers et al. 2022, section 2.1; bitsandbytes' {@code int8_vectorwise_quant}):
 * the weight rounded to fp16, then per row {@code round(w * 127 / absmax)}, half to even. So
 * {@code weight = int8 * absmax / 127}. A row of zeros has absmax 0 and stays zeros.
 */
public final class RowQuantiser {

    private RowQuantiser() {}

    /**
     * Quantises one row.
     *
     * @param rowAt first element of the row in {@code values}
     * @param into receives {@code columns} int8 values from {@code intoAt} on
     * @return the row's absmax, after rounding to fp16
     * @throws ArithmeticException when a value is no number or beyond fp16's range
     */
    public static float quantise(float[] values, int rowAt, int columns, byte[] into, int intoAt) {
        float absmax = 0;
        boolean finite = true;
        for (int i = rowAt; i < rowAt + columns; i++) {
            float rounded = NumberFormats.fromHalf(NumberFormats.toHalf(values[i]));
            values[i] = rounded;
            float magnitude = Math.abs(rounded);
            finite &= magnitude <= 65504;
            absmax = Math.max(absmax, magnitude);
        }
        if (!finite) {
            throw new ArithmeticException("a value is no number or beyond fp16's range of 65504");
        }
        if (absmax == 0) {
            Arrays.fill(into, intoAt, intoAt + columns, (byte) 0);
            return 0;
        }
        // bitsandbytes takes 127 / absmax as a product with the reciprocal, which rounds some ties the other way
        float scale = 1 / absmax * 127;
        for (int i = 0; i < columns; i++) {
            into[intoAt + i] = roundHalfToEven(values[rowAt + i] * scale);
        }
        return absmax;
    }

    /** Adding 1.5 * 2^23 leaves a float32 no bits behind the point, so the addition itself rounds half to even. */
    private static byte roundHalfToEven(float value) {
        return (byte) (int) (value + 0x1.8p23f - 0x1.8p23f);
    }

    /** The inverse: {@code int8 * absmax / 127} into {@code values} from {@code at} on. */
    public static void dequantise(ByteBuffer row, int rowAt, int columns, float absmax, float[] values, int at) {
        float unit = absmax / 127;
        for (int i = 0; i < columns; i++) {
            values[at + i] = row.get(rowAt + i) * unit;
        }
    }
}
