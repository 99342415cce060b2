package dev.trefoil.gguf;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Number formats of GGUF tensors that can be read. A quantised row is a run of blocks of 32 values, or of 256 (the K-quants); each
 * holds whole numbers and the scales, and perhaps minima, that turn them back.
 */
public enum GgufFormat {
    F32(0, 1, 4, PlainValues::float32),
    F16(1, 1, 2, PlainValues::half),
    Q4_0(2, 32, 18, SmallBlocks::q40),
    Q4_1(3, 32, 20, SmallBlocks::q41),
    Q5_0(6, 32, 22, SmallBlocks::q50),
    Q5_1(7, 32, 24, SmallBlocks::q51),
    Q8_0(8, 32, 34, SmallBlocks::q80),
    Q2_K(10, 256, 84, SuperBlocks::q2),
    Q3_K(11, 256, 110, SuperBlocks::q3),
    Q4_K(12, 256, 144, SuperBlocks::q4),
    Q5_K(13, 256, 176, SuperBlocks::q5),
    Q6_K(14, 256, 210, SuperBlocks::q6),
    BF16(30, 1, 2, PlainValues::bfloat16);

    /** Turns one block into numbers. */
    @FunctionalInterface
    private interface Decoder {
        void decode(ByteBuffer bytes, int start, float[] into, int at);
    }

    private static final String[] KNOWN = {
        "F32", "F16", "Q4_0", "Q4_1", "4", "5", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
        "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS"
    };

    private final int code;
    private final int blockElements;
    private final int blockBytes;
    private final Decoder decoder;

    GgufFormat(int code, int blockElements, int blockBytes, Decoder decoder) {
        this.code = code;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
        this.decoder = decoder;
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

    int code() {
        return code;
    }

    /** Values of one block; rows are whole blocks. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of that many elements, a multiple of the block. */
    public long bytes(long elements) {
        return elements / blockElements * blockBytes;
    }

    /**
     * Decodes whole blocks, bit for bit as ggml does.
     *
     * @param bytes little-endian, read by index
     * @param first element to begin with, a multiple of the block
     * @param count elements, a multiple of the block
     */
    public void decode(ByteBuffer bytes, long first, int count, float[] into, int at) {
        int start = Math.toIntExact(bytes(first));
        for (int block = 0; block < count / blockElements; block++) {
            decoder.decode(bytes, start + block * blockBytes, into, at + block * blockElements);
        }
    }

    /** Whether {@link #encode} can write it. */
    public boolean writable() {
        return this == F32 || this == F16 || this == BF16 || this == Q8_0;
    }

    /**
     * Encodes whole blocks from the start of an array.
     *
     * @param count elements, a multiple of the block
     * @param out little-endian; written from its position on
     * @throws ArithmeticException when a finite value is beyond the format's range, or a quantised one is not finite
     */
    void encode(float[] values, int count, ByteBuffer out) {
        switch (this) {
            case F32 -> {
                out.asFloatBuffer().put(values, 0, count);
                out.position(out.position() + count * Float.BYTES);
            }
            case F16 -> PlainValues.toHalf(values, count, out);
            case BF16 -> PlainValues.toBfloat16(values, count, out);
            case Q8_0 -> {
                for (int at = 0; at < count; at += blockElements) {
                    SmallBlocks.encodeQ80(values, at, out);
                }
            }
            default -> throw new IllegalStateException(name() + " is only read");
        }
    }
}
