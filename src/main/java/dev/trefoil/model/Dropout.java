package dev.trefoil.model;

import dev.trefoil.rl.CounterRandom;

/**
 * Dropout on the adapters' inputs. A step draws one pool of keep factors (0 or 1/(1-p)) from its key; every linear of every block
 * reads a window of it at an offset of its own, forward and back alike, so a block that is computed twice meets the same mask.
 *
 * @param rate share that is dropped, 0 for none
 * @param random the key's numbers; null when the rate is 0
 */
public record Dropout(double rate, CounterRandom random) {

    public static final Dropout NONE = new Dropout(0, null);

    /** Windows of neighbouring linears start anywhere in this many entries beyond the longest input. */
    private static final int SLACK = 1 << 20;

    public static Dropout of(double rate, long seed, long step, long microBatch) {
        return rate == 0 ? NONE : new Dropout(rate, CounterRandom.of(seed, "train", step, microBatch, "dropout"));
    }

    /** For inputs of at most {@code longest} entries: 1 for an entry that is kept, 0 else; resolution of the rate is 2^-16. */
    byte[] pool(int longest) {
        if (rate == 0) {
            return new byte[0];
        }
        byte[] pool = new byte[Math.addExact(longest, SLACK)];
        int limit = (int) Math.round(rate * 65536);
        long bits = 0;
        for (int i = 0; i < pool.length; i++) {
            if ((i & 3) == 0) {
                bits = random.nextLong();
            }
            pool[i] = (byte) ((bits & 0xffff) < limit ? 0 : 1);
            bits >>>= 16;
        }
        return pool;
    }

    /** What a kept entry is multiplied by. */
    float kept() {
        return (float) (1 / (1 - rate));
    }
}
