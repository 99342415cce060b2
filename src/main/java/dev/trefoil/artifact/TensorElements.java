package dev.trefoil.artifact;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/** Elements of a tensor's bytes as Java numbers. */
final class TensorElements {

    private TensorElements() {}

    static float[] floats(String dtype, ByteBuffer bytes, int count) {
        float[] values = new float[count];
        switch (dtype) {
            case "F32" -> bytes.asFloatBuffer().get(values);
            case "F64" -> {
                for (int i = 0; i < count; i++) {
                    values[i] = (float) bytes.getDouble(8 * i);
                }
            }
            case "F16" -> {
                ShortBuffer halves = bytes.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    values[i] = NumberFormats.fromHalf(halves.get(i));
                }
            }
            case "BF16" -> {
                ShortBuffer halves = bytes.asShortBuffer();
                for (int i = 0; i < count; i++) {
                    values[i] = NumberFormats.fromBfloat16(halves.get(i));
                }
            }
            default -> {
                long[] whole = longs(dtype, bytes, count);
                for (int i = 0; i < count; i++) {
                    values[i] = whole[i];
                }
            }
        }
        return values;
    }

    static long[] longs(String dtype, ByteBuffer bytes, int count) {
        long[] values = new long[count];
        for (int i = 0; i < count; i++) {
            values[i] = switch (dtype) {
                case "I64", "U64" -> bytes.getLong(8 * i);
                case "I32" -> bytes.getInt(4 * i);
                case "U32" -> Integer.toUnsignedLong(bytes.getInt(4 * i));
                case "I16" -> bytes.getShort(2 * i);
                case "U16" -> Short.toUnsignedLong(bytes.getShort(2 * i));
                case "I8" -> bytes.get(i);
                case "U8", "BOOL" -> Byte.toUnsignedLong(bytes.get(i));
                default -> throw new IllegalArgumentException("dtype " + dtype + " is not of whole numbers");
            };
        }
        return values;
    }
}
