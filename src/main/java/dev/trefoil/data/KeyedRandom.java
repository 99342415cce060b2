package dev.trefoil.data;

/**
 * Random numbers that depend on a key of numbers only, such as (seed, epoch) or (seed, sample), and not on what was drawn
 * before elsewhere. Each number is SplitMix64's mix of key and counter (Steele, Lea and Flood, OOPSLA 2014). Not thread-safe:
 * each user makes its own.
 */
public final class KeyedRandom {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private KeyedRandom(long state) {
        this.state = state;
    }

    /** A fresh sequence; equal keys give equal sequences. */
    public static KeyedRandom of(long... key) {
        long state = 0;
        for (long part : key) {
            state = mix(state + GOLDEN_GAMMA + mix(part + GOLDEN_GAMMA));
        }
        return new KeyedRandom(state);
    }

    /** The next 64 bits. */
    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** A number from 0 to {@code bound - 1}, each equally likely. */
    public int nextInt(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("bound must be at least 1, was " + bound);
        }
        long bits = nextLong() >>> 1;
        long value = bits % bound;
        // The highest, incomplete run of `bound` values would favour small numbers: draw again (as java.util.Random
        // does).
        while (bits - value + (bound - 1) < 0) {
            bits = nextLong() >>> 1;
            value = bits % bound;
        }
        return (int) value;
    }

    /** The numbers from 0 to {@code count - 1} in a random order (Fisher-Yates). */
    public int[] permutation(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        for (int i = count - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        return order;
    }

    private static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
