package dev.trefoil.token.bpe;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The letter that stands for each byte in a byte-level vocabulary, as GPT-2 published it: a printable Latin-1 character stands
 * for itself, the 68 others are given the characters from U+0100 on, in order.
 */
final class ByteLetters {

    private static final char[] LETTERS = letters();

    private ByteLetters() {}

    private static char[] letters() {
        char[] letters = new char[BpeConfig.BYTES];
        char next = 0x100;
        for (int value = 0; value < letters.length; value++) {
            letters[value] = printable(value) ? (char) value : next++;
        }
        return letters;
    }

    private static boolean printable(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
    }

    /** The text's UTF-8 bytes as letters, one a byte. */
    static String of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] written = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            written[i] = LETTERS[bytes[i] & 0xFF];
        }
        return new String(written);
    }

    /** All 256 letters in the order of their code points: the order of their ids. */
    static char[] alphabet() {
        char[] sorted = LETTERS.clone();
        Arrays.sort(sorted);
        return sorted;
    }
}
