package dev.trefoil.prepare;

import dev.trefoil.quant.RowSource;
import java.util.List;

/** Several sources as one: matrices one below the other, or vectors (one row each) one behind the other. */
final class JoinedRows implements RowSource {

    private final List<RowSource> parts;
    private final int rows;
    private final int columns;

    private JoinedRows(List<RowSource> parts, int rows, int columns) {
        this.parts = parts;
        this.rows = rows;
        this.columns = columns;
    }

    static RowSource of(List<RowSource> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        boolean vectors = parts.stream().allMatch(part -> part.rows() == 1);
        int rows = vectors ? 1 : parts.stream().mapToInt(RowSource::rows).sum();
        int columns = vectors
                ? parts.stream().mapToInt(RowSource::columns).sum()
                : parts.get(0).columns();
        return new JoinedRows(parts, rows, columns);
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
    public void read(int firstRow, int count, float[] into) {
        int start = 0;
        int written = 0;
        for (RowSource part : parts) {
            if (rows == 1) {
                written += read(part, 0, 1, into, written);
            } else {
                int from = Math.max(firstRow, start);
                int to = Math.min(firstRow + count, start + part.rows());
                if (from < to) {
                    written += read(part, from - start, to - from, into, written);
                }
                start += part.rows();
            }
        }
    }

    private static int read(RowSource part, int firstRow, int count, float[] into, int at) {
        float[] values = new float[count * part.columns()];
        part.read(firstRow, count, values);
        System.arraycopy(values, 0, into, at, values.length);
        return values.length;
    }
}
