package dev.trefoil.data;

import dev.trefoil.artifact.Hashes;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Deals keys out to parts. A key's part depends on seed and key alone: not on the other keys, nor on their order, so that more
 * data moves nothing from one part to another. The shares are met on average, not exactly.
 *
 * @param shares part to its share, above 0 and 1 in sum
 */
public record SeededSplit(long seed, Map<String, Double> shares) {

    private static final double ROUNDING = 1e-9;
    private static final int HEX_RADIX = 16;
    private static final int HEX_DIGITS_OF_LONG = 16;
    private static final int MANTISSA_BITS = 53;

    public SeededSplit {
        shares = Collections.unmodifiableMap(new LinkedHashMap<>(shares));
        double sum = shares.values().stream().mapToDouble(Double::doubleValue).sum();
        if (shares.isEmpty() || shares.values().stream().anyMatch(share -> !(share > 0))) {
            throw new IllegalArgumentException("shares: must each be above 0, were " + shares);
        }
        if (Math.abs(sum - 1) > ROUNDING) {
            throw new IllegalArgumentException("shares: must be 1 in sum, were " + shares + " = " + sum);
        }
    }

    /** The part that a key belongs to. */
    public String part(String key) {
        double at = (random(seed, key).nextLong() >>> (Long.SIZE - MANTISSA_BITS)) * 0x1p-53;
        double end = 0;
        String last = null;
        for (Map.Entry<String, Double> share : shares.entrySet()) {
            end += share.getValue();
            last = share.getKey();
            if (at < end) {
                return last;
            }
        }
        return last;
    }

    /** Random numbers of a key, such as a question or a group. */
    public static KeyedRandom random(long seed, String key) {
        String hash = Hashes.sha256(key);
        return KeyedRandom.of(
                seed,
                Long.parseUnsignedLong(hash.substring(0, HEX_DIGITS_OF_LONG), HEX_RADIX),
                Long.parseUnsignedLong(hash.substring(HEX_DIGITS_OF_LONG, 2 * HEX_DIGITS_OF_LONG), HEX_RADIX));
    }
}
