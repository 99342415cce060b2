package dev.trefoil.gguf;

import dev.trefoil.artifact.NumberFormats;
import java.nio.ByteBuffer;

/** Formats without blocks: one value at a time. */
final class PlainValues {

    private PlainValues() {}

    static void float32(ByteBuffer bytes, int start, float[] into, int at) {
        into[at] = bytes.getFloat(start);
    }

    static void half(ByteBuffer bytes, int start, float[] into, int at) {
        into[at] = NumberFormats.fromHalf(bytes.getShort(start));
    }

    static void bfloat16(ByteBuffer bytes, int start, float[] into, int at) {
        into[at] = NumberFormats.fromBfloat16(bytes.getShort(start));
    }

    static void toHalf(float[] values, int count, ByteBuffer out) {
        for (int i = 0; i < count; i++) {
            short half = NumberFormats.toHalf(values[i]);
            if ((half & 0x7fff) == 0x7c00 && Float.isFinite(values[i])) {
                throw new ArithmeticException("found " + values[i] + ", beyond fp16's range of 65504");
            }
            out.putShort(half);
        }
    }

    static void toBfloat16(float[] values, int count, ByteBuffer out) {
        for (int i = 0; i < count; i++) {
            out.putShort(NumberFormats.toBfloat16(values[i]));
        }
    }
}
