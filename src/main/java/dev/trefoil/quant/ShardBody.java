package dev.trefoil.quant;

import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Declaration;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Converts and writes the tensors of one weight file.
 *
 * @param tensors in the order of the file
 * @param absmax row scales of the int8 weights met so far, until their own turn comes
 */
record ShardBody(
        SafeTensorsWriter writer,
        LinkedHashMap<String, Declaration> tensors,
        Function<String, RowSource> sources,
        Map<String, float[]> absmax) {

    ShardBody(
            SafeTensorsWriter writer, LinkedHashMap<String, Declaration> tensors, Function<String, RowSource> sources) {
        this(writer, tensors, sources, new HashMap<>());
    }

    /** Elements converted at once; float32 pieces of this size stay small beside any model. */
    private static final int PIECE_ELEMENTS = 1 << 21;

    void write(Consumer<Long> written) throws IOException {
        for (Map.Entry<String, Declaration> entry : tensors.entrySet()) {
            String name = entry.getKey();
            if (name.endsWith(".absmax")) {
                writer.append(name, floats(scales(BaseLayout.weightOf(name))));
                written.accept(entry.getValue().byteCount());
            } else {
                convert(name, entry.getValue(), true, written);
            }
        }
    }

    /** Kept from writing the weight; when the file's order puts them before it, by a reading of their own. */
    private float[] scales(String weight) throws IOException {
        if (!absmax.containsKey(weight)) {
            convert(weight, tensors.get(weight), false, bytes -> {});
        }
        return absmax.get(weight);
    }

    private void convert(String name, Declaration declaration, boolean append, Consumer<Long> written)
            throws IOException {
        RowSource source = sources.apply(name);
        checkShape(name, declaration, source);
        int columns = source.columns();
        int step = Math.max(1, Math.min(source.rows(), PIECE_ELEMENTS / columns));
        float[] scales = new float[source.rows()];
        int width = (int) (declaration.byteCount() / Math.max(1, (long) source.rows() * columns));
        byte[] piece = new byte[Math.multiplyExact(Math.multiplyExact(step, columns), width)];
        for (int first = 0; first < source.rows(); first += step) {
            int count = Math.min(step, source.rows() - first);
            RowPiece.convert(name, declaration.dtype(), source, first, count, piece, scales);
            if (append) {
                int bytes = count * columns * width;
                writer.append(name, ByteBuffer.wrap(piece, 0, bytes));
                written.accept((long) bytes);
            }
        }
        if (declaration.dtype().equals("I8")) {
            absmax.put(name, scales);
        }
    }

    private static void checkShape(String name, Declaration declaration, RowSource source) {
        long[] shape = declaration.shape();
        long rows = shape.length == 1 ? 1 : shape[0];
        if (source.rows() != rows || source.columns() != shape[shape.length - 1]) {
            throw new IllegalStateException(name + ": source has " + source.rows() + " x " + source.columns()
                    + ", declared " + rows + " x " + shape[shape.length - 1]);
        }
    }

    private static ByteBuffer floats(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }
}
