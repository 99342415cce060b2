package dev.trefoil.gguf;

import dev.trefoil.artifact.NumberFormats;
import java.nio.ByteBuffer;

/**
 * The K-quants: blocks of 256 values in groups of 16 or 32, whose scales (and minima) are themselves small whole numbers under one
 * fp16 scale. A value is {@code scale * group scale * number - least scale * group minimum}; all products but Q6_K's last are exact.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c">dequantize_row_q*_K, the definition</a>
 */
final class SuperBlocks {

    private static final int VALUES = 256;
    private static final int HALF = 128;
    private static final int GROUP = 16;
    private static final int WIDE_GROUP = 32;

    private SuperBlocks() {}

    private static float half(ByteBuffer bytes, int at) {
        return NumberFormats.fromHalf(bytes.getShort(at));
    }

    /** Two bits of value {@code i}: each byte holds four values that lie 32 apart, within each half of the block. */
    private static int twoBits(ByteBuffer bytes, int start, int i) {
        return bytes.get(start + i / HALF * WIDE_GROUP + i % WIDE_GROUP) >> 2 * (i % HALF / WIDE_GROUP) & 3;
    }

    /** Group scales and minima [16 x 4+4 bits], numbers [64], scale, least scale. */
    static void q2(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start + 80);
        float leastScale = half(bytes, start + 82);
        for (int i = 0; i < VALUES; i++) {
            int group = bytes.get(start + i / GROUP);
            float least = leastScale * (group >> 4 & 0xf);
            into[at + i] = scale * (group & 0xf) * twoBits(bytes, start + 16, i) - least;
        }
    }

    /** Third bits [32], numbers [64], group scales [16 x 6 bits], scale. A third bit that is not set stands for -4. */
    static void q3(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start + 108);
        for (int i = 0; i < VALUES; i++) {
            float group = scale * (sixBits(bytes, start + 96, i / GROUP) - 32);
            int third = bytes.get(start + i % WIDE_GROUP) >> i / WIDE_GROUP & 1;
            into[at + i] = group * (twoBits(bytes, start + 32, i) - (third == 0 ? 4 : 0));
        }
    }

    /** Q3_K's group scales: eight bytes with the low four bits, four bytes with the high two. */
    private static int sixBits(ByteBuffer bytes, int start, int group) {
        int low = bytes.get(start + group % 8) >> 4 * (group / 8) & 0xf;
        int high = bytes.get(start + 8 + group % 4) >> 2 * (group / 4) & 3;
        return low | high << 4;
    }

    /** Scale, least scale, group scales and minima [12], numbers [128]. */
    static void q4(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start);
        float leastScale = half(bytes, start + 2);
        for (int group = 0; group < VALUES / WIDE_GROUP; group++) {
            float groupScale = scale * groupScale(bytes, start + 4, group);
            float least = leastScale * groupMinimum(bytes, start + 4, group);
            for (int i = 0; i < WIDE_GROUP; i++) {
                into[at + group * WIDE_GROUP + i] = groupScale * fourBits(bytes, start + 16, group, i) - least;
            }
        }
    }

    /** As Q4_K, with fifth bits [32] before the numbers: bit g of byte i belongs to value i of group g. */
    static void q5(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start);
        float leastScale = half(bytes, start + 2);
        for (int group = 0; group < VALUES / WIDE_GROUP; group++) {
            float groupScale = scale * groupScale(bytes, start + 4, group);
            float least = leastScale * groupMinimum(bytes, start + 4, group);
            for (int i = 0; i < WIDE_GROUP; i++) {
                int fifth = bytes.get(start + 16 + i) >> group & 1;
                int number = fourBits(bytes, start + 48, group, i) | fifth << 4;
                into[at + group * WIDE_GROUP + i] = groupScale * number - least;
            }
        }
    }

    /** Two groups of 32 share 32 bytes: the even one in the low halves, the odd one in the high halves. */
    private static int fourBits(ByteBuffer bytes, int start, int group, int i) {
        return bytes.get(start + group / 2 * WIDE_GROUP + i) >> 4 * (group % 2) & 0xf;
    }

    /** Six bits; the last four groups have their upper two in the upper bits of the first four. */
    private static int groupScale(ByteBuffer bytes, int start, int group) {
        return group < 4
                ? bytes.get(start + group) & 63
                : bytes.get(start + group + 4) & 0xf | (bytes.get(start + group - 4) >> 6 & 3) << 4;
    }

    private static int groupMinimum(ByteBuffer bytes, int start, int group) {
        return group < 4
                ? bytes.get(start + group + 4) & 63
                : bytes.get(start + group + 4) >> 4 & 0xf | (bytes.get(start + group) >> 6 & 3) << 4;
    }

    /** Low four bits [128], high two bits [64], group scales [16], scale; numbers count from -32. */
    static void q6(ByteBuffer bytes, int start, float[] into, int at) {
        float scale = half(bytes, start + 208);
        for (int i = 0; i < VALUES; i++) {
            int within = i % HALF;
            int low = bytes.get(start + i / HALF * 64 + within % 64) >> 4 * (within / 64) & 0xf;
            int number = (low | twoBits(bytes, start + HALF, i) << 4) - 32;
            into[at + i] = scale * bytes.get(start + 192 + i / GROUP) * number;
        }
    }
}
