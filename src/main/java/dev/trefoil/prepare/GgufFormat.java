package dev.trefoil.prepare;

import dev.trefoil.artifact.NumberFormats;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Number formats of GGUF tensors that can be read. Quantised rows are runs of 32 values with a scale (and a minimum) in fp16. */
enum GgufFormat {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q8_0(8, 32, 34),
    BF16(30, 1, 2);

    private static final String[] KNOWN = {
        "F32", "F16", "Q4_0", "Q4_1", "4", "5", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
        "Q8_K"
    };

    private final int code;
    private final int blockElements;
    private final int blockBytes;

    GgufFormat(int code, int blockElements, int blockBytes) {
        this.code = code;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** Null when the code is of a format that cannot be read. */
    static GgufFormat of(int code) {
        return Arrays.stream(values())
                .filter(format -> format.code == code)
                .findFirst()
                .orElse(null);
    }

    static String nameOf(int code) {
        return code >= 0 && code < KNOWN.length ? KNOWN[code] : "number " + Integer.toUnsignedString(code);
    }

    static String supported() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }

    int blockElements() {
        return blockElements;
    }

    /** Bytes of that many elements, a multiple of the block. */
    long bytes(long elements) {
        return elements / blockElements * blockBytes;
    }

    /**
     * Decodes whole blocks.
     *
     * @param bytes little-endian, read by index
     * @param first element to begin with, a multiple of the block
     * @param count elements, a multiple of the block
     */
    void decode(ByteBuffer bytes, long first, int count, float[] into, int at) {
        int start = Math.toIntExact(bytes(first));
        for (int block = 0; block < count / blockElements; block++) {
            decodeBlock(bytes, start + block * blockBytes, into, at + block * blockElements);
        }
    }

    private void decodeBlock(ByteBuffer bytes, int start, float[] into, int at) {
        switch (this) {
            case F32 -> into[at] = bytes.getFloat(start);
            case F16 -> into[at] = NumberFormats.fromHalf(bytes.getShort(start));
            case BF16 -> into[at] = NumberFormats.fromBfloat16(bytes.getShort(start));
            case Q8_0 -> {
                float scale = NumberFormats.fromHalf(bytes.getShort(start));
                for (int i = 0; i < 32; i++) {
                    into[at + i] = bytes.get(start + 2 + i) * scale;
                }
            }
            case Q4_0 -> {
                float scale = NumberFormats.fromHalf(bytes.getShort(start));
                nibbles(bytes, start + 2, scale, -8 * scale, into, at);
            }
            case Q4_1 -> {
                float scale = NumberFormats.fromHalf(bytes.getShort(start));
                float least = NumberFormats.fromHalf(bytes.getShort(start + 2));
                nibbles(bytes, start + 4, scale, least, into, at);
            }
            default -> throw new IllegalStateException(name());
        }
    }

    /** 16 bytes hold 32 values: the low halves are the first 16, the high halves the others. */
    private static void nibbles(ByteBuffer bytes, int start, float scale, float least, float[] into, int at) {
        for (int i = 0; i < 16; i++) {
            int pair = bytes.get(start + i);
            into[at + i] = (pair & 0xf) * scale + least;
            into[at + 16 + i] = (pair >> 4 & 0xf) * scale + least;
        }
    }
}
