package dev.trefoil.artifact;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file, memory-mapped for reading.
 *
 * <p>The header is checked completely on opening: offsets, sizes against dtype and shape, no overlap, no hole, nothing missing at
 * the end. A mapping is limited to 2 GiB, so the file is mapped in slices, each of which holds whole tensors; a single tensor must
 * be smaller than 2 GiB. Buffers stay valid after {@link #close()}, which only gives back the file handle; the mapping itself goes
 * when its last buffer is collected.
 */
public final class SafeTensorsFile implements Closeable {

    /** Mappings are cut at about this size: few for a big file, and far from the limit of an int. */
    private static final long SLICE_BYTES = 1L << 30;

    /**
     * One tensor of a file.
     *
     * @param dtype as the format spells it: F32, F16, BF16, I8, I32, I64, U8, BOOL, ...
     * @param begin first byte, counted from the start of the data (not of the file)
     * @param end byte behind the last one
     */
    public record Info(String name, String dtype, long[] shape, long begin, long end) {

        public long elements() {
            return SafeTensorsHeader.elements(shape);
        }

        public long byteCount() {
            return end - begin;
        }
    }

    private record Slice(long begin, long end) {}

    private final Path file;
    private final FileChannel channel;
    private final SafeTensorsHeader header;
    private final Map<String, Slice> slices;
    private final Map<Slice, ByteBuffer> mapped = new HashMap<>();

    private SafeTensorsFile(Path file, FileChannel channel, SafeTensorsHeader header, Map<String, Slice> slices) {
        this.file = file;
        this.channel = channel;
        this.header = header;
        this.slices = slices;
    }

    /**
     * Opens a file and checks its header; no tensor is read yet.
     *
     * @throws UserError when the file is missing, unreadable, truncated or not safetensors
     */
    public static SafeTensorsFile open(Path file) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            SafeTensorsHeader header = SafeTensorsHeader.read(file, channel);
            return new SafeTensorsFile(file, channel, header, slices(file, header));
        } catch (NoSuchFileException missing) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, file + ": no such file; wanted a safetensors file", missing);
        } catch (IOException unreadable) {
            closeQuietly(channel);
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, file + ": cannot be read: " + unreadable.getMessage(), unreadable);
        } catch (UserError fault) {
            closeQuietly(channel);
            throw fault;
        }
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException ignored) {
                // The fault that led here is the one to report.
            }
        }
    }

    private static Map<String, Slice> slices(Path file, SafeTensorsHeader header) {
        Map<String, Slice> slices = new HashMap<>();
        List<String> pending = new ArrayList<>();
        long begin = 0;
        long end = 0;
        for (Info info : header.tensors().values()) {
            if (info.byteCount() > Integer.MAX_VALUE) {
                throw UserError.data(file + ": tensor '" + info.name() + "': found " + info.byteCount()
                        + " bytes, wanted less than 2 GiB, the limit of one mapping");
            }
            if (!pending.isEmpty() && info.end() - begin > SLICE_BYTES) {
                assign(slices, pending, new Slice(begin, end));
                begin = info.begin();
            }
            pending.add(info.name());
            end = info.end();
        }
        assign(slices, pending, new Slice(begin, end));
        return slices;
    }

    private static void assign(Map<String, Slice> slices, List<String> names, Slice slice) {
        names.forEach(name -> slices.put(name, slice));
        names.clear();
    }

    public Path path() {
        return file;
    }

    /** All names, in the order of their bytes in the file. */
    public List<String> names() {
        return List.copyOf(header.tensors().keySet());
    }

    public boolean has(String name) {
        return header.tensors().containsKey(name);
    }

    /** @throws UserError when the file has no such tensor */
    public Info info(String name) {
        Info info = header.tensors().get(name);
        if (info == null) {
            throw UserError.data(file + ": no tensor '" + name + "' among its "
                    + header.tensors().size());
        }
        return info;
    }

    /** The free-text pairs of the header; empty when there are none. */
    public Map<String, String> metadata() {
        return Map.copyOf(header.metadata());
    }

    /** The tensor's bytes, mapped: direct, read-only, little-endian, position 0, limit = size. */
    public ByteBuffer bytes(String name) {
        Info info = info(name);
        Slice slice = slices.get(name);
        ByteBuffer whole = map(slice);
        return whole.slice((int) (info.begin() - slice.begin()), (int) info.byteCount())
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private synchronized ByteBuffer map(Slice slice) {
        return mapped.computeIfAbsent(slice, wanted -> {
            try {
                long position = header.dataStart() + wanted.begin();
                return channel.map(FileChannel.MapMode.READ_ONLY, position, wanted.end() - wanted.begin());
            } catch (IOException failed) {
                throw new UncheckedIOException(file + ": cannot be mapped", failed);
            }
        });
    }

    /**
     * The tensor as float32: F64 is rounded, F32 as is, F16 and BF16 exact, whole numbers and BOOL converted.
     *
     * @return row-major, all elements
     */
    public float[] floats(String name) {
        Info info = info(name);
        return floats(name, 0, Math.toIntExact(info.elements()));
    }

    /** {@code count} elements from element {@code first} on, as float32. */
    public float[] floats(String name, long first, int count) {
        Info info = info(name);
        return TensorElements.floats(info.dtype(), range(info, first, count), count);
    }

    private ByteBuffer range(Info info, long first, int count) {
        int width = SafeTensorsHeader.elementBytes(info.dtype());
        return bytes(info.name())
                .slice(Math.toIntExact(first * width), Math.multiplyExact(count, width))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A tensor of whole numbers (I64, I32, I16, I8, U8, BOOL) as longs. */
    public long[] longs(String name) {
        Info info = info(name);
        try {
            return TensorElements.longs(info.dtype(), bytes(name), Math.toIntExact(info.elements()));
        } catch (IllegalArgumentException notWhole) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    file + ": tensor '" + name + "': found dtype " + info.dtype() + ", wanted whole numbers",
                    notWhole);
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }
}
