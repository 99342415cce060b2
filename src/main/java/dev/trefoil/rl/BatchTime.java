package dev.trefoil.rl;

import java.util.Arrays;

/** Moves numbers between flat row-major arrays, as tensors hold them, and {@code [batch, time]} arrays. */
public final class BatchTime {

    private BatchTime() {}

    /**
     * @param flat [rows * columns], row-major
     * @return a new array [rows, columns]
     * @throws IllegalArgumentException if the length is not rows * columns
     */
    public static double[][] of(float[] flat, int rows, int columns) {
        requireLength(flat.length, rows, columns);
        double[][] result = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                result[i][j] = flat[i * columns + j];
            }
        }
        return result;
    }

    /**
     * @param flat [rows * columns], row-major
     * @return a new mask [rows, columns]
     * @throws IllegalArgumentException if the length is not rows * columns
     */
    public static boolean[][] mask(boolean[] flat, int rows, int columns) {
        requireLength(flat.length, rows, columns);
        boolean[][] result = new boolean[rows][];
        for (int i = 0; i < rows; i++) {
            result[i] = Arrays.copyOfRange(flat, i * columns, (i + 1) * columns);
        }
        return result;
    }

    /** The mask of responses that start at column 0: row i counts for its first lengths[i] columns of {@code columns}. */
    public static boolean[][] mask(int[] lengths, int columns) {
        boolean[][] result = new boolean[lengths.length][columns];
        for (int i = 0; i < lengths.length; i++) {
            Arrays.fill(result[i], 0, lengths[i], true);
        }
        return result;
    }

    /** Row-major floats [rows * columns] of {@code values} [rows, columns]. */
    public static float[] flat(double[][] values) {
        int columns = values.length == 0 ? 0 : values[0].length;
        float[] result = new float[values.length * columns];
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < columns; j++) {
                result[i * columns + j] = (float) values[i][j];
            }
        }
        return result;
    }

    static double[][] rows(double[][] values, int[] rows) {
        return Arrays.stream(rows).mapToObj(i -> values[i]).toArray(double[][]::new);
    }

    static boolean[][] rows(boolean[][] values, int[] rows) {
        return Arrays.stream(rows).mapToObj(i -> values[i]).toArray(boolean[][]::new);
    }

    /** Throws unless {@code values} is [mask rows, mask columns]; {@code what} names it in the message. */
    static void requireShape(String what, double[][] values, boolean[][] mask) {
        if (values.length != mask.length) {
            throw new IllegalArgumentException(what + ": " + values.length + " rows, the mask has " + mask.length);
        }
        for (int i = 0; i < values.length; i++) {
            if (values[i].length != mask[i].length) {
                throw new IllegalArgumentException(
                        what + ": row " + i + " has " + values[i].length + " columns, the mask has " + mask[i].length);
            }
        }
    }

    private static void requireLength(int length, int rows, int columns) {
        if (length != rows * columns) {
            throw new IllegalArgumentException(length + " numbers are not " + rows + " x " + columns);
        }
    }
}
