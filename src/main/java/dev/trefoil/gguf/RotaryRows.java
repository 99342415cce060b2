package dev.trefoil.gguf;

import dev.trefoil.quant.RowSource;

/**
 * Query or key rows in another order of the rotary pairs, head by head: Hugging Face has them half-split (x0 x1 ... y0 y1 ...), GGUF
 * files of LLaMA side by side (x0 y0 x1 y1 ...). A bias (one row) is reordered along its columns.
 */
public final class RotaryRows implements RowSource {

    private final RowSource source;
    private final int headDim;
    private final boolean toHalfSplit;

    private RotaryRows(RowSource source, int headDim, boolean toHalfSplit) {
        this.source = source;
        this.headDim = headDim;
        this.toHalfSplit = toHalfSplit;
    }

    /** Rows of a GGUF file in Hugging Face's order; with 0 heads they are left as they are. */
    public static RowSource halfSplit(RowSource sideBySide, int heads) {
        return of(sideBySide, heads, true);
    }

    /** Rows of Hugging Face in the order of a GGUF file; with 0 heads they are left as they are. */
    public static RowSource sideBySide(RowSource halfSplit, int heads) {
        return of(halfSplit, heads, false);
    }

    private static RowSource of(RowSource source, int heads, boolean toHalfSplit) {
        int size = source.rows() == 1 ? source.columns() : source.rows();
        // A width that does not fit is reported as a wrong shape by whoever checks.
        return heads > 0 && size % (2 * heads) == 0 ? new RotaryRows(source, size / heads, toHalfSplit) : source;
    }

    @Override
    public int rows() {
        return source.rows();
    }

    @Override
    public int columns() {
        return source.columns();
    }

    private int originOf(int row) {
        int head = row / headDim;
        int within = row % headDim;
        int half = headDim / 2;
        int origin = toHalfSplit
                ? (within < half ? 2 * within : 2 * (within - half) + 1)
                : (within % 2 == 0 ? within / 2 : half + within / 2);
        return head * headDim + origin;
    }

    @Override
    public void read(int firstRow, int count, float[] into) {
        int columns = columns();
        float[] row = new float[columns];
        if (rows() == 1) {
            source.read(0, 1, row);
            for (int i = 0; i < columns; i++) {
                into[i] = row[originOf(i)];
            }
            return;
        }
        for (int i = 0; i < count; i++) {
            source.read(originOf(firstRow + i), 1, row);
            System.arraycopy(row, 0, into, i * columns, columns);
        }
    }
}
