package dev.trefoil.artifact;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a safetensors file as a stream: first all names and shapes, then the bytes of each tensor in that order, in pieces of any
 * size. The same input gives the same bytes.
 *
 * <p>Alignment: the header is padded with spaces so that the data begins at a multiple of the alignment. The format allows no holes
 * between tensors, so a tensor is aligned only when the sizes before it are multiples too; {@link #alignedOrder} puts those first
 * and the others behind them, wide elements first, so that every tensor is aligned at least to its element.
 */
public final class SafeTensorsWriter implements Closeable {

    /** A cache line, and the alignment torch gives its own tensors. */
    public static final int ALIGNMENT = 64;

    /** What will be written: dtype as the format spells it, and the shape. */
    public record Declaration(String dtype, long[] shape) {

        public long byteCount() {
            return Math.multiplyExact(SafeTensorsHeader.elements(shape), (long) SafeTensorsHeader.elementBytes(dtype));
        }
    }

    /**
     * A tensor in memory.
     *
     * @param data little-endian; what lies between position and limit is written
     */
    public record Tensor(String dtype, long[] shape, ByteBuffer data) {

        /** A float32 tensor from an array, row-major. */
        public static Tensor of(float[] values, long... shape) {
            ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
            data.asFloatBuffer().put(values);
            return new Tensor("F32", shape, data);
        }

        /** An int64 tensor from an array, row-major. */
        public static Tensor of(long[] values, long... shape) {
            ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
            data.asLongBuffer().put(values);
            return new Tensor("I64", shape, data);
        }

        /** An int8 tensor from an array, row-major. */
        public static Tensor of(byte[] values, long... shape) {
            return new Tensor("I8", shape, ByteBuffer.wrap(values));
        }
    }

    private final Path file;
    private final FileChannel channel;
    private final List<Map.Entry<String, Long>> pending;
    private int current;
    private long written;

    private SafeTensorsWriter(Path file, FileChannel channel, List<Map.Entry<String, Long>> pending) {
        this.file = file;
        this.channel = channel;
        this.pending = pending;
    }

    /**
     * Starts a file (an old one is replaced) and writes its header.
     *
     * @param declarations in the order in which the bytes will come
     * @param alignment of the first tensor, in bytes; see the class comment for the others
     */
    public static SafeTensorsWriter create(
            Path file, Map<String, Declaration> declarations, Map<String, String> metadata, int alignment)
            throws IOException {
        List<Map.Entry<String, Long>> sizes = new ArrayList<>();
        declarations.forEach((name, declaration) -> sizes.add(Map.entry(name, declaration.byteCount())));
        byte[] header = header(declarations, metadata, alignment);
        FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        SafeTensorsWriter writer = new SafeTensorsWriter(file, channel, sizes);
        try {
            writer.drain(ByteBuffer.wrap(header));
        } catch (IOException failed) {
            channel.close();
            throw failed;
        }
        return writer;
    }

    /** Writes whole tensors in the map's order, with the usual alignment and no metadata. */
    public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        write(file, tensors, Map.of());
    }

    /** Writes whole tensors in the map's order, with the usual alignment. */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        Map<String, Declaration> declarations = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> declarations.put(name, new Declaration(tensor.dtype(), tensor.shape())));
        try (SafeTensorsWriter writer = create(file, declarations, metadata, ALIGNMENT)) {
            for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
                writer.append(entry.getKey(), entry.getValue().data().duplicate());
            }
        }
    }

    /** The same declarations in an order that aligns as many tensors as the format allows; stable otherwise. */
    public static LinkedHashMap<String, Declaration> alignedOrder(
            Map<String, Declaration> declarations, int alignment) {
        Comparator<Map.Entry<String, Declaration>> multiplesFirst =
                Comparator.comparing(entry -> entry.getValue().byteCount() % alignment != 0);
        LinkedHashMap<String, Declaration> ordered = new LinkedHashMap<>();
        declarations.entrySet().stream()
                .sorted(multiplesFirst.thenComparing(entry -> entry.getValue().byteCount() % alignment == 0
                        ? 0
                        : -SafeTensorsHeader.elementBytes(entry.getValue().dtype())))
                .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return ordered;
    }

    private static byte[] header(Map<String, Declaration> declarations, Map<String, String> metadata, int alignment)
            throws IOException {
        Map<String, Object> root = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            root.put("__metadata__", new TreeMap<>(metadata));
        }
        long offset = 0;
        for (Map.Entry<String, Declaration> entry : declarations.entrySet()) {
            Declaration declaration = entry.getValue();
            long end = Math.addExact(offset, declaration.byteCount());
            Map<String, Object> node = new LinkedHashMap<>();
            node.put("dtype", declaration.dtype());
            node.put("shape", declaration.shape());
            node.put("data_offsets", new long[] {offset, end});
            root.put(entry.getKey(), node);
            offset = end;
        }
        byte[] text = JsonMapper.builder().build().writeValueAsBytes(root);
        int unpadded = 8 + text.length;
        int padded = (unpadded + alignment - 1) / alignment * alignment;
        ByteBuffer header = ByteBuffer.allocate(padded).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded - 8L).put(text);
        Arrays.fill(header.array(), unpadded, padded, (byte) ' ');
        return header.array();
    }

    /**
     * Writes the next bytes of a tensor.
     *
     * @param name must be the tensor whose turn it is
     * @param bytes little-endian; consumed up to its limit
     */
    public void append(String name, ByteBuffer bytes) throws IOException {
        skipComplete(name);
        if (current == pending.size() || !pending.get(current).getKey().equals(name)) {
            String turn =
                    current == pending.size() ? "none" : pending.get(current).getKey();
            throw new IllegalStateException(file + ": got bytes of '" + name + "', turn of " + turn);
        }
        long size = pending.get(current).getValue();
        if (written + bytes.remaining() > size) {
            throw new IllegalStateException(file + ": tensor '" + name + "' declared with " + size + " bytes, got "
                    + (written + bytes.remaining()));
        }
        written += bytes.remaining();
        drain(bytes);
    }

    private void skipComplete(String name) {
        while (current < pending.size()
                && written == pending.get(current).getValue()
                && !pending.get(current).getKey().equals(name)) {
            current++;
            written = 0;
        }
    }

    private void drain(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /**
     * Flushes to the disk and closes.
     *
     * @throws IOException also when not all declared bytes have come: such a file is unreadable by intention
     */
    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            skipComplete("");
            if (current < pending.size()) {
                Map.Entry<String, Long> missing = pending.get(current);
                throw new IOException(file + ": tensor '" + missing.getKey() + "' got " + written + " of "
                        + missing.getValue() + " bytes");
            }
            channel.force(true);
        }
    }
}
