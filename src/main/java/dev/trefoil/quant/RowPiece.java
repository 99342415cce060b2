package dev.trefoil.quant;

import dev.trefoil.UserError;
import dev.trefoil.artifact.NumberFormats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** A few rows on their way from their source to the stored format, converted by several threads. */
final class RowPiece {

    private static final int ROWS_PER_TASK = 64;

    private RowPiece() {}

    static void convert(
            String name, String dtype, RowSource source, int first, int count, byte[] into, float[] scales) {
        int tasks = (count + ROWS_PER_TASK - 1) / ROWS_PER_TASK;
        IntStream.range(0, tasks).parallel().forEach(task -> {
            int from = task * ROWS_PER_TASK;
            int rows = Math.min(ROWS_PER_TASK, count - from);
            int columns = source.columns();
            if (dtype.equals(Precision.INT8.dtype()) && source instanceof QuantisedRows ready) {
                ready.readQuantised(first + from, rows, into, from * columns, scales, first + from);
                return;
            }
            float[] values = new float[rows * columns];
            source.read(first + from, rows, values);
            encode(name, dtype, values, rows, columns, into, from, scales, first + from);
        });
    }

    private static void encode(
            String name,
            String dtype,
            float[] values,
            int rows,
            int columns,
            byte[] into,
            int atRow,
            float[] scales,
            int scaleAt) {
        switch (dtype) {
            case "I8" -> {
                for (int row = 0; row < rows; row++) {
                    try {
                        scales[scaleAt + row] =
                                RowQuantiser.quantise(values, row * columns, columns, into, (atRow + row) * columns);
                    } catch (ArithmeticException notFinite) {
                        throw UserError.data(
                                name + ", row " + (scaleAt + row) + ": " + notFinite.getMessage()
                                        + "; wanted finite weights: the checkpoint is damaged, or prepare it with --precision bf16");
                    }
                }
            }
            case "BF16" -> {
                ByteBuffer bytes = view(into, 2 * atRow * columns, 2 * values.length);
                for (float value : values) {
                    bytes.putShort(NumberFormats.toBfloat16(value));
                }
            }
            case "F32" ->
                view(into, 4 * atRow * columns, 4 * values.length)
                        .asFloatBuffer()
                        .put(values);
            default -> throw new IllegalStateException(name + ": " + dtype);
        }
    }

    private static ByteBuffer view(byte[] into, int at, int bytes) {
        return ByteBuffer.wrap(into, at, bytes).slice().order(ByteOrder.LITTLE_ENDIAN);
    }
}
