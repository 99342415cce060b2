package dev.trefoil.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory or disk. Written as {@code 24GiB}, {@code 512MiB}, {@code 1.5GB} or as a plain number of bytes; {@code K},
 * {@code M}, {@code G} and {@code T} with {@code iB} are powers of 1024, with {@code B} powers of 1000.
 *
 * @param count number of bytes, not negative
 */
public record Bytes(long count) implements Comparable<Bytes> {

    private static final Pattern FORM = Pattern.compile("([0-9][0-9_]*(?:\\.[0-9]+)?) ?(?:([KMGT])(i?))?B?");
    private static final String UNITS = "KMGT";
    private static final int BINARY = 1024;
    private static final int DECIMAL = 1000;

    public Bytes {
        if (count < 0) {
            throw new IllegalArgumentException("must not be negative, was " + count);
        }
    }

    /**
     * Reads an amount.
     *
     * @throws IllegalArgumentException if the text has another form or the amount is too large
     */
    public static Bytes parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("must be a size such as 24GiB, 512MiB or 1.5GB, was " + text);
        }
        BigDecimal amount = new BigDecimal(parts.group(1).replace("_", ""));
        if (parts.group(2) != null) {
            int power = UNITS.indexOf(parts.group(2)) + 1;
            amount = amount.multiply(BigDecimal.valueOf(parts.group(3).isEmpty() ? DECIMAL : BINARY)
                    .pow(power));
        }
        if (amount.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("must be a size below 8 million TiB, was " + text);
        }
        return new Bytes(amount.setScale(0, RoundingMode.DOWN).longValueExact());
    }

    /** {@code gibibytes} times 1024^3 bytes. */
    public static Bytes ofGiB(long gibibytes) {
        return new Bytes(Math.multiplyExact(gibibytes, (long) BINARY * BINARY * BINARY));
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(count, other.count);
    }

    /** The largest binary unit that holds the count exactly, such as {@code 24GiB}; {@link #parse} reads it back. */
    @Override
    public String toString() {
        long amount = count;
        int power = 0;
        while (amount != 0 && amount % BINARY == 0 && power < UNITS.length()) {
            amount /= BINARY;
            power++;
        }
        return power == 0 ? Long.toString(amount) : amount + UNITS.substring(power - 1, power) + "iB";
    }
}
