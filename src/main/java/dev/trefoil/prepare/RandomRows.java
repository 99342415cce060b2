package dev.trefoil.prepare;

import dev.trefoil.quant.QuantisedRows;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A matrix of random numbers, even between bounds and the same in each reading: row r's come from a SplitMix64 sequence (Steele, Lea,
 * Flood 2014) of the seed, the tensor's name and r, eight int8 numbers a draw.
 */
final class RandomRows implements QuantisedRows {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long STEP = 0x9E3779B97F4A7C15L;
    private static final long LOW_BITS = 0x7F7F7F7F7F7F7F7FL;
    private static final long HIGH_BITS = ~LOW_BITS;

    /** The bound of an even distribution is so many standard deviations. */
    private static final double BOUND = Math.sqrt(3);

    private final long key;
    private final int rows;
    private final int columns;
    private final float bound;

    /** @param spread standard deviation of the numbers */
    RandomRows(long seed, String name, int rows, int columns, double spread) {
        this.key = mix(mix(seed) ^ name.hashCode());
        this.rows = rows;
        this.columns = columns;
        this.bound = (float) (spread * BOUND);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void readQuantised(int firstRow, int count, byte[] into, int at, float[] absmax, int absmaxAt) {
        for (int row = 0; row < count; row++) {
            fill(firstRow + row, into, at + row * columns);
            absmax[absmaxAt + row] = bound;
        }
    }

    @Override
    public void read(int firstRow, int count, float[] into) {
        byte[] codes = new byte[columns];
        float unit = bound / 127;
        for (int row = 0; row < count; row++) {
            fill(firstRow + row, codes, 0);
            for (int i = 0; i < columns; i++) {
                into[row * columns + i] = codes[i] * unit;
            }
        }
    }

    private void fill(int row, byte[] into, int at) {
        long state = mix(key + row);
        int i = 0;
        for (; i + Long.BYTES <= columns; i += Long.BYTES) {
            state += STEP;
            LONGS.set(into, at + i, codes(state));
        }
        long rest = codes(state + STEP);
        for (; i < columns; i++) {
            into[at + i] = (byte) rest;
            rest >>>= Byte.SIZE;
        }
    }

    /** Eight even bytes; -128, which symmetric int8 rows never hold, becomes -127. */
    private static long codes(long state) {
        long bytes = mix(state);
        long other = bytes ^ HIGH_BITS;
        // a byte keeps its high bit here only when it was 0x80 before
        long lowest = ~(((other & LOW_BITS) + LOW_BITS) | other | LOW_BITS);
        return bytes + (lowest >>> 7);
    }

    private static long mix(long state) {
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
