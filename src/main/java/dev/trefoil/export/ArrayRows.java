package dev.trefoil.export;

import dev.trefoil.quant.RowSource;

/** Rows in memory. */
record ArrayRows(float[] values, int rows, int columns) implements RowSource {

    static RowSource of(float[] values, int rows, int columns) {
        return new ArrayRows(values, rows, columns);
    }

    @Override
    public void read(int firstRow, int count, float[] into) {
        System.arraycopy(values, firstRow * columns, into, 0, count * columns);
    }
}
