package dev.trefoil.prepare;

import dev.trefoil.adapter.RowOrder;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.family.Family.Part;
import dev.trefoil.quant.RowSource;

/** The rows of a canonical tensor that one published tensor holds, untangled as they are read. */
final class PartRows {

    private PartRows() {}

    /** @param name the tensor's name in the file */
    static RowSource of(Part part, SafeTensorsFile file, String name) {
        RowSource stored = part.transposed()
                ? new Transposed(file, name, part.rows(), part.columns())
                : new Stored(file, name, part.skipped(), part.rows(), part.columns());
        return part.order().same() ? stored : new Ordered(stored, part.order());
    }

    private record Stored(SafeTensorsFile file, String name, int skipped, int rows, int columns) implements RowSource {

        @Override
        public void read(int firstRow, int count, float[] into) {
            float[] values = file.floats(name, ((long) skipped + firstRow) * columns, count * columns);
            System.arraycopy(values, 0, into, 0, values.length);
        }
    }

    /** Rows of a matrix stored as [columns, rows]: a run of rows is a piece of every stored row. */
    private record Transposed(SafeTensorsFile file, String name, int rows, int columns) implements RowSource {

        @Override
        public void read(int firstRow, int count, float[] into) {
            for (int column = 0; column < columns; column++) {
                float[] piece = file.floats(name, (long) column * rows + firstRow, count);
                for (int row = 0; row < count; row++) {
                    into[row * columns + column] = piece[row];
                }
            }
        }
    }

    /** Rows, or a vector's entries, in another order. */
    private record Ordered(RowSource stored, RowOrder order) implements RowSource {

        @Override
        public int rows() {
            return stored.rows();
        }

        @Override
        public int columns() {
            return stored.columns();
        }

        @Override
        public void read(int firstRow, int count, float[] into) {
            float[] row = new float[columns()];
            if (rows() == 1) {
                stored.read(0, 1, row);
                for (int i = 0; i < row.length; i++) {
                    into[i] = row[order.published(i)];
                }
                return;
            }
            for (int i = 0; i < count; i++) {
                stored.read(order.published(firstRow + i), 1, row);
                System.arraycopy(row, 0, into, i * columns(), columns());
            }
        }
    }
}
