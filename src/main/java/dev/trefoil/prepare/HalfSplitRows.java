package dev.trefoil.prepare;

import dev.trefoil.quant.RowSource;

/**
 * Query or key rows whose rotary pairs lie side by side (x0 y0 x1 y1 ...), read in the half-split order of Hugging Face
 * (x0 x1 ... y0 y1 ...), head by head. A bias (one row) is reordered along its columns.
 */
final class HalfSplitRows implements RowSource {

    private final RowSource interleaved;
    private final int headDim;

    private HalfSplitRows(RowSource interleaved, int headDim) {
        this.interleaved = interleaved;
        this.headDim = headDim;
    }

    static RowSource of(RowSource interleaved, int heads) {
        int size = interleaved.rows() == 1 ? interleaved.columns() : interleaved.rows();
        // A width that does not fit is reported as a wrong shape by whoever checks.
        return size % (2 * heads) == 0 ? new HalfSplitRows(interleaved, size / heads) : interleaved;
    }

    @Override
    public int rows() {
        return interleaved.rows();
    }

    @Override
    public int columns() {
        return interleaved.columns();
    }

    private int originOf(int row) {
        int head = row / headDim;
        int within = row % headDim;
        int half = headDim / 2;
        return head * headDim + (within < half ? 2 * within : 2 * (within - half) + 1);
    }

    @Override
    public void read(int firstRow, int count, float[] into) {
        int columns = columns();
        float[] row = new float[columns];
        if (rows() == 1) {
            interleaved.read(0, 1, row);
            for (int i = 0; i < columns; i++) {
                into[i] = row[originOf(i)];
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            interleaved.read(originOf(firstRow + i), 1, row);
            System.arraycopy(row, 0, into, i * columns, columns);
        }
    }
}
