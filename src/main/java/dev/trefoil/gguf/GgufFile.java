package dev.trefoil.gguf;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A GGUF file of version 2 or 3: metadata, and tensors that are mapped one at a time.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufFile implements Closeable {

    static final int MAGIC = 0x46554747; // "GGUF"
    static final long DEFAULT_ALIGNMENT = 32;

    /**
     * One tensor.
     *
     * @param rows product of all dimensions but the first listed, which is the fastest
     * @param begin its first byte in the file
     */
    public record Tensor(String name, GgufFormat format, int rows, int columns, long begin) {

        public long byteCount() {
            return format.bytes((long) rows * columns);
        }
    }

    private final Path path;
    private final FileChannel channel;
    private final Map<String, Object> metadata;
    private final Map<String, Tensor> tensors;
    private final Map<String, ByteBuffer> mapped = new ConcurrentHashMap<>();

    private GgufFile(Path path, FileChannel channel, Map<String, Object> metadata, Map<String, Tensor> tensors) {
        this.path = path;
        this.channel = channel;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /**
     * Reads metadata and the list of tensors; no weight yet.
     *
     * @throws UserError when the file is unreadable, truncated, damaged or no GGUF
     */
    public static GgufFile open(Path path) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            return read(path, channel);
        } catch (IOException unreadable) {
            close(channel);
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, path + ": cannot be read: " + unreadable.getMessage(), unreadable);
        } catch (UserError fault) {
            close(channel);
            throw fault;
        }
    }

    private static void close(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException ignored) {
                // Opened for reading only; the fault that led here is the one to report.
            }
        }
    }

    private static GgufFile read(Path path, FileChannel channel) throws IOException {
        GgufReader reader = new GgufReader(path, channel);
        if (channel.size() < 4 || reader.int32() != MAGIC) {
            throw UserError.data(
                    path + ": does not begin with 'GGUF'; wanted a GGUF file, or a folder with config.json");
        }
        int version = reader.int32();
        if (version != 2 && version != 3) {
            throw reader.fault("found GGUF version " + Integer.toUnsignedString(version)
                    + ", wanted 2 or 3 in little-endian order");
        }
        long tensorCount = reader.size("tensor count");
        long valueCount = reader.size("metadata count");
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (long i = 0; i < valueCount; i++) {
            String key = reader.string("metadata key");
            if (metadata.put(key, reader.value(key, reader.int32(), 0)) != null) {
                throw reader.fault("metadata key '" + key + "' twice: the file is damaged");
            }
        }
        return new GgufFile(path, channel, metadata, tensors(reader, tensorCount, metadata, channel.size()));
    }

    private static Map<String, Tensor> tensors(
            GgufReader reader, long count, Map<String, Object> metadata, long fileBytes) throws IOException {
        Map<String, Tensor> relative = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            Tensor tensor = tensor(reader);
            if (relative.put(tensor.name(), tensor) != null) {
                throw reader.fault("tensor '" + tensor.name() + "' twice: the file is damaged");
            }
        }
        long alignment = metadata.get("general.alignment") instanceof Long given ? given : DEFAULT_ALIGNMENT;
        if (alignment <= 0 || alignment > 1 << 20) {
            throw reader.fault("general.alignment: found " + alignment + ", wanted 1 to " + (1 << 20));
        }
        long dataStart = (reader.position() + alignment - 1) / alignment * alignment;
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Tensor tensor : relative.values()) {
            long begin = dataStart + tensor.begin();
            long size = tensor.byteCount();
            if (begin < dataStart || begin > fileBytes || size > fileBytes - begin) {
                throw reader.fault("tensor '" + tensor.name() + "': wanted " + size + " bytes from byte " + begin
                        + " on, found a file of " + fileBytes + ": it is truncated; copy or download it again");
            }
            tensors.put(
                    tensor.name(), new Tensor(tensor.name(), tensor.format(), tensor.rows(), tensor.columns(), begin));
        }
        return tensors;
    }

    private static Tensor tensor(GgufReader reader) throws IOException {
        String name = reader.string("tensor name");
        String where = "tensor '" + name + "': ";
        int dimensions = reader.int32();
        if (dimensions < 1 || dimensions > 4) {
            throw reader.fault(where + "found " + dimensions + " dimensions, wanted 1 to 4: the file is damaged");
        }
        long columns = reader.size(where + "size");
        long rows = 1;
        for (int i = 1; i < dimensions; i++) {
            long size = reader.size(where + "size");
            rows = size == 0 || rows > Integer.MAX_VALUE / size ? Integer.MAX_VALUE + 1L : rows * size;
        }
        int type = reader.int32();
        long offset = reader.size(where + "offset");
        GgufFormat format = GgufFormat.of(type);
        if (format == null) {
            throw reader.fault(where + "found number format " + GgufFormat.nameOf(type) + ", wanted one of "
                    + GgufFormat.supported() + "; take a file in one of these formats");
        }
        boolean fits = columns > 0 && columns <= Integer.MAX_VALUE && rows <= Integer.MAX_VALUE;
        if (!fits || columns % format.blockElements() != 0 || format.bytes(rows * columns) > Integer.MAX_VALUE) {
            throw reader.fault(where + "found " + columns + " columns and " + rows + " rows, wanted a multiple of "
                    + format.blockElements() + " columns and less than 2 GiB in all");
        }
        return new Tensor(name, format, (int) rows, (int) columns, offset);
    }

    public Path path() {
        return path;
    }

    /** Values by key: Long, Double, Boolean, String or a List of these. */
    public Map<String, Object> metadata() {
        return metadata;
    }

    /** By name, in the order of the file. */
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    /** The tensor's mapped bytes, little-endian. */
    public ByteBuffer bytes(Tensor tensor) {
        return mapped.computeIfAbsent(tensor.name(), name -> {
            try {
                return channel.map(FileChannel.MapMode.READ_ONLY, tensor.begin(), tensor.byteCount())
                        .order(ByteOrder.LITTLE_ENDIAN);
            } catch (IOException failed) {
                throw new UncheckedIOException(path + ": cannot be mapped", failed);
            }
        });
    }

    @Override
    public void close() {
        close(channel);
    }
}
