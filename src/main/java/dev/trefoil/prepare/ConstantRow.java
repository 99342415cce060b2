package dev.trefoil.prepare;

import dev.trefoil.quant.RowSource;

/** A vector of one number, with another one at a few even places. */
record ConstantRow(int columns, float value, float special, int specials) implements RowSource {

    @Override
    public int rows() {
        return 1;
    }

    @Override
    public void read(int firstRow, int count, float[] into) {
        for (int i = 0; i < columns; i++) {
            into[i] = value;
        }
        for (int i = 0; i < specials; i++) {
            into[(int) ((long) columns * i / specials)] = special;
        }
    }
}
