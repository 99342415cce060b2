package dev.trefoil.gguf;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the little-endian values at the head of a GGUF file; every length is held against what the file still has. */
final class GgufReader {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_DEPTH = 4;

    private final Path file;
    private final FileChannel channel;
    private final long fileBytes;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long bufferStart;

    GgufReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.fileBytes = channel.size();
    }

    long position() {
        return bufferStart + buffer.position();
    }

    private long remaining() {
        return fileBytes - position();
    }

    private ByteBuffer need(int bytes) throws IOException {
        if (bytes > remaining()) {
            throw fault("ends at byte " + fileBytes + " inside its header: it is truncated; copy or download it again");
        }
        if (buffer.remaining() < bytes) {
            bufferStart = position();
            buffer.clear();
            while (buffer.position() < bytes) {
                if (channel.read(buffer, bufferStart + buffer.position()) < 0) {
                    throw new IOException("the file became shorter while it was read");
                }
            }
            buffer.flip();
        }
        return buffer;
    }

    int int32() throws IOException {
        return need(4).getInt();
    }

    /** A count or size that must not be negative. */
    long size(String what) throws IOException {
        long value = need(8).getLong();
        if (value < 0) {
            throw fault(what + ": found " + Long.toUnsignedString(value) + ": the file is damaged");
        }
        return value;
    }

    String string(String what) throws IOException {
        long length = size(what);
        if (length > remaining() || length > Integer.MAX_VALUE - 8) {
            throw fault(what + ": found a text of " + length + " bytes where " + remaining()
                    + " are left: the file is damaged or truncated");
        }
        byte[] bytes = new byte[(int) length];
        for (int done = 0; done < bytes.length; ) {
            int step = Math.min(BUFFER_BYTES, bytes.length - done);
            need(step).get(bytes, done, step);
            done += step;
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** A metadata value: Long, Double, Boolean, String or a List of these. */
    Object value(String key, int type, int depth) throws IOException {
        return switch (type) {
            case 0 -> Byte.toUnsignedLong(need(1).get());
            case 1 -> (long) need(1).get();
            case 2 -> Short.toUnsignedLong(need(2).getShort());
            case 3 -> (long) need(2).getShort();
            case 4 -> Integer.toUnsignedLong(need(4).getInt());
            case 5 -> (long) need(4).getInt();
            // The shortest decimal that gives this float32: 1e-5 and not 9.99999974e-6.
            case 6 -> Double.parseDouble(Float.toString(need(4).getFloat()));
            case 7 -> need(1).get() != 0;
            case 8 -> string(key);
            case 9 -> list(key, depth);
            case 10, 11 -> need(8).getLong();
            case 12 -> need(8).getDouble();
            default -> throw fault(key + ": found value type " + type + ", wanted 0 to 12: the file is damaged");
        };
    }

    private List<Object> list(String key, int depth) throws IOException {
        int type = int32();
        long count = size(key);
        // Every element takes at least a byte, so this also bounds what is allocated.
        if (count > remaining() || count > Integer.MAX_VALUE - 8 || depth >= MAX_DEPTH) {
            throw fault(key + ": found a list of " + count + " entries where " + remaining()
                    + " bytes are left: the file is damaged or truncated");
        }
        List<Object> values = new ArrayList<>((int) Math.min(count, 1 << 20));
        for (long i = 0; i < count; i++) {
            values.add(value(key, type, depth + 1));
        }
        return values;
    }

    UserError fault(String message) {
        return UserError.data(file + ": " + message);
    }
}
