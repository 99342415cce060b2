package dev.trefoil.rl;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

/**
 * Random numbers that are a pure function of a key and a position, so a sample does not depend on how a batch was split, on
 * threads or on what was drawn before.
 *
 * <p>The key is (seed, stage, step, sample, purpose). Numbers come from Philox4x32-10 (Salmon et al. 2011, "Parallel random
 * numbers: as easy as 1, 2, 3"): seed, stage, step and purpose are mixed into its 64-bit key; the sample and the position are
 * its 128-bit counter. Every draw but {@link #gaussian()} takes exactly one 64-bit word, a Gaussian takes two; {@link
 * #seek(long)} goes to any word. An instance is a cursor and belongs to one thread.
 */
public final class CounterRandom {

    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final double TO_DOUBLE = 0x1.0p-53;
    private static final float TO_FLOAT = 0x1.0p-24f;

    private final long key;
    private final long sample;
    private long position;
    private long even;
    private long odd;
    private long block = -1;

    private CounterRandom(long key, long sample) {
        this.key = key;
        this.sample = sample;
    }

    /**
     * The stream of one key, at its start.
     *
     * @param seed the run's seed
     * @param stage such as {@code sft}
     * @param step optimiser step, epoch or 0
     * @param sample index in the whole data or batch, never in a part of it
     * @param purpose what the numbers are for, such as {@code dropout}
     */
    public static CounterRandom of(long seed, String stage, long step, long sample, String purpose) {
        long key = mix(seed);
        key = mix(key ^ hash(stage));
        key = mix(key + hash(purpose));
        key = mix(key ^ mix(step));
        return new CounterRandom(key, sample);
    }

    /** A uniform number in [0, 1) with 53 random bits. */
    public double uniform() {
        return (nextLong() >>> 11) * TO_DOUBLE;
    }

    /** A uniform number in [0, 1) with 24 random bits; never rounds up to 1. */
    public float uniformFloat() {
        return (nextLong() >>> 40) * TO_FLOAT;
    }

    /** A standard normal number by Box and Muller; takes two words. */
    public double gaussian() {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform()));
        return radius * StrictMath.cos(2 * Math.PI * uniform());
    }

    /**
     * A number in [0, bound), by multiplication of 32 random bits; a value's probability is off by less than 2^-32.
     *
     * @param bound positive
     */
    public int nextInt(int bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("bound must be positive, was " + bound);
        }
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /** Fisher-Yates in place. */
    public void shuffle(int[] items) {
        for (int i = items.length - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int kept = items[i];
            items[i] = items[j];
            items[j] = kept;
        }
    }

    /** Fisher-Yates in place; the same exchanges as for an array of the same length. */
    public void shuffle(List<?> items) {
        for (int i = items.size() - 1; i > 0; i--) {
            Collections.swap(items, i, nextInt(i + 1));
        }
    }

    /** The next 64 random bits. */
    public long nextLong() {
        long wanted = position >>> 1;
        if (wanted != block) {
            fillBlock(wanted);
        }
        boolean first = (position & 1) == 0;
        position++;
        return first ? even : odd;
    }

    /** How many 64-bit words lie before the next draw. */
    public long position() {
        return position;
    }

    /** Makes the given word (0 is the first) the next one drawn. */
    public void seek(long newPosition) {
        if (newPosition < 0) {
            throw new IllegalArgumentException("position must not be negative, was " + newPosition);
        }
        position = newPosition;
    }

    private void fillBlock(long wanted) {
        int[] words = philox(wanted, sample, key);
        even = Integer.toUnsignedLong(words[0]) | (long) words[1] << 32;
        odd = Integer.toUnsignedLong(words[2]) | (long) words[3] << 32;
        block = wanted;
    }

    /** One Philox4x32-10 block: counter words from low to high, key words from low to high. */
    static int[] philox(long counterLow, long counterHigh, long key) {
        int c0 = (int) counterLow;
        int c1 = (int) (counterLow >>> 32);
        int c2 = (int) counterHigh;
        int c3 = (int) (counterHigh >>> 32);
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * Integer.toUnsignedLong(c0);
            long product1 = MULTIPLIER_1 * Integer.toUnsignedLong(c2);
            c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
            c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
            c1 = (int) product1;
            c3 = (int) product0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        return new int[] {c0, c1, c2, c3};
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection in which each input bit reaches each output bit. */
    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** FNV-1a, 64 bits, over UTF-8. */
    private static long hash(String text) {
        long hash = 0xCBF29CE484222325L;
        for (byte part : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (part & 0xFF)) * 0x100000001B3L;
        }
        return hash;
    }
}
