package dev.trefoil.gguf;

import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.quant.RowSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/** Writes a GGUF file of version 3, a few rows of a tensor at a time; it is there completely or not at all. */
public final class GgufWriter {

    private static final int VERSION = 3;

    /** Elements converted at once; small beside any model. */
    private static final int PIECE_ELEMENTS = 1 << 20;

    private GgufWriter() {}

    /**
     * A tensor to be written.
     *
     * @param format F32, F16, BF16 or Q8_0; rows must be whole blocks
     * @param vector whether it has one dimension
     */
    public record Tensor(String name, GgufFormat format, RowSource rows, boolean vector) {

        /** Bytes in the file. */
        public long byteCount() {
            return format.bytes((long) rows.rows() * rows.columns());
        }
    }

    /**
     * Writes or replaces a file.
     *
     * @param progress receives the bytes of tensors written so far
     * @throws UserError when a value does not fit its tensor's format
     */
    public static void write(Path file, GgufValues values, List<Tensor> tensors, LongConsumer progress)
            throws IOException {
        AtomicFiles.write(file, out -> {
            out.write(header(values, tensors));
            long done = 0;
            for (Tensor tensor : tensors) {
                body(tensor, out);
                out.write(new byte[(int) (aligned(tensor.byteCount()) - tensor.byteCount())]);
                progress.accept(done += tensor.byteCount());
            }
        });
    }

    private static long aligned(long size) {
        return (size + GgufFile.DEFAULT_ALIGNMENT - 1) / GgufFile.DEFAULT_ALIGNMENT * GgufFile.DEFAULT_ALIGNMENT;
    }

    private static byte[] header(GgufValues values, List<Tensor> tensors) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(GgufValues.buffer(20)
                .putInt(VERSION)
                .putLong(tensors.size())
                .putLong(values.count())
                .array());
        out.writeBytes(values.bytes());
        long offset = 0;
        for (Tensor tensor : tensors) {
            out.writeBytes(GgufValues.string(tensor.name()));
            out.writeBytes(shape(tensor));
            out.writeBytes(GgufValues.buffer(12)
                    .putInt(tensor.format().code())
                    .putLong(offset)
                    .array());
            offset += aligned(tensor.byteCount());
        }
        out.writeBytes(new byte[(int) (aligned(out.size()) - out.size())]);
        return out.toByteArray();
    }

    /** The fastest dimension first. */
    private static byte[] shape(Tensor tensor) {
        int columns = tensor.rows().columns();
        return tensor.vector()
                ? GgufValues.buffer(12).putInt(1).putLong(columns).array()
                : GgufValues.buffer(20)
                        .putInt(2)
                        .putLong(columns)
                        .putLong(tensor.rows().rows())
                        .array();
    }

    private static void body(Tensor tensor, OutputStream out) throws IOException {
        RowSource source = tensor.rows();
        int columns = source.columns();
        int step = Math.max(1, Math.min(source.rows(), PIECE_ELEMENTS / columns));
        float[] values = new float[Math.multiplyExact(step, columns)];
        ByteBuffer encoded = GgufValues.buffer(Math.toIntExact(tensor.format().bytes(values.length)));
        for (int first = 0; first < source.rows(); first += step) {
            int count = Math.min(step, source.rows() - first);
            source.read(first, count, values);
            encoded.clear();
            try {
                tensor.format().encode(values, count * columns, encoded);
            } catch (ArithmeticException outOfRange) {
                throw UserError.data("tensor '" + tensor.name() + "': " + outOfRange.getMessage()
                        + "; choose another format, such as bf16, or check the weights");
            }
            out.write(encoded.array(), 0, encoded.position());
        }
    }
}
