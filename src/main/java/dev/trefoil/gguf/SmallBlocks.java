package dev.trefoil.gguf;

import dev.trefoil.artifact.NumberFormats;
import java.nio.ByteBuffer;

/**
 * Blocks of 32 values: a scale in fp16, perhaps a minimum in fp16, perhaps 32 fifth bits, then the whole numbers. Where these have four
 * bits, 16 bytes hold them: the low halves are the first 16 values, the high halves the others.
 *
 * <p>Products of a scale and a whole number are exact in float32, so the order of the arithmetic changes no bit.
 */
final class SmallBlocks {

    static final int VALUES = 32;
    private static final int HALF = 16;

    /** What fp16 holds. */
    private static final float MOST_SCALE = 65504;

    private SmallBlocks() {}

    static void q40(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start);
        nibbles(bytes, start + 2, scale, -8 * scale, into, at);
    }

    static void q41(ByteBuffer bytes, int start, float[] into, int at) {
        nibbles(bytes, start + 4, half(bytes, start), half(bytes, start + 2), into, at);
    }

    static void q50(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start);
        fiveBits(bytes, start + 2, scale, -16 * scale, into, at);
    }

    static void q51(ByteBuffer bytes, int start, float[] into, int at) {
        fiveBits(bytes, start + 4, half(bytes, start), half(bytes, start + 2), into, at);
    }

    static void q80(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start);
        for (int i = 0; i < VALUES; i++) {
            into[at + i] = bytes.get(start + 2 + i) * scale;
        }
    }

    private static float half(ByteBuffer bytes, int at) {
        return NumberFormats.fromHalf(bytes.getShort(at));
    }

    private static void nibbles(ByteBuffer bytes, int start, float scale, float least, float[] into, int at) {
        for (int i = 0; i < HALF; i++) {
            int pair = bytes.get(start + i);
            into[at + i] = (pair & 0xf) * scale + least;
            into[at + HALF + i] = (pair >> 4 & 0xf) * scale + least;
        }
    }

    private static void fiveBits(ByteBuffer bytes, int start, float scale, float least, float[] into, int at) {
        int fifth = bytes.getInt(start);
        for (int i = 0; i < HALF; i++) {
            int pair = bytes.get(start + 4 + i);
            into[at + i] = (pair & 0xf | (fifth >>> i & 1) << 4) * scale + least;
            into[at + HALF + i] = (pair >> 4 & 0xf | (fifth >>> HALF + i & 1) << 4) * scale + least;
        }
    }

    /**
     * One block of Q8_0, as ggml's reference makes it: the scale is absmax / 127, a value is rounded half away from zero after a
     * product with the scale's float32 reciprocal, and the scale is stored in fp16.
     */
    static void encodeQ80(float[] values, int at, ByteBuffer out) {
        float absmax = 0;
        for (int i = 0; i < VALUES; i++) {
            absmax = Math.max(absmax, Math.abs(values[at + i]));
        }
        if (!(absmax / 127 <= MOST_SCALE)) {
            throw new ArithmeticException("found " + absmax + " in a block of Q8_0, wanted numbers below 8.3 million");
        }
        float scale = absmax / 127;
        float reciprocal = scale == 0 ? 0 : 1 / scale;
        out.putShort(NumberFormats.toHalf(scale));
        for (int i = 0; i < VALUES; i++) {
            float scaled = values[at + i] * reciprocal;
            out.put((byte) (scaled < 0 ? -Math.floor(0.5 - scaled) : Math.floor(0.5 + scaled)));
        }
    }
}
