package dev.trefoil.prepare;

import dev.trefoil.artifact.NumberFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes small GGUF files for the tests. */
final class TinyGguf {

    private final ByteArrayOutputStream values = new ByteArrayOutputStream();
    private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private int valueCount;
    private int tensorCount;

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void string(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(buffer(8).putLong(bytes.length).array());
        out.writeBytes(bytes);
    }

    private static void int32(ByteArrayOutputStream out, int value) {
        out.writeBytes(buffer(4).putInt(value).array());
    }

    private void key(String key, int type) {
        string(values, key);
        int32(values, type);
        valueCount++;
    }

    TinyGguf text(String key, String value) {
        key(key, 8);
        string(values, value);
        return this;
    }

    TinyGguf uint32(String key, int value) {
        key(key, 4);
        int32(values, value);
        return this;
    }

    TinyGguf float32(String key, float value) {
        key(key, 6);
        int32(values, Float.floatToIntBits(value));
        return this;
    }

    TinyGguf flag(String key, boolean value) {
        key(key, 7);
        values.write(value ? 1 : 0);
        return this;
    }

    private void list(String key, int type, int count) {
        key(key, 9);
        int32(values, type);
        values.writeBytes(buffer(8).putLong(count).array());
    }

    TinyGguf texts(String key, List<String> list) {
        list(key, 8, list.size());
        list.forEach(text -> string(values, text));
        return this;
    }

    TinyGguf int32s(String key, int... list) {
        list(key, 5, list.length);
        for (int value : list) {
            int32(values, value);
        }
        return this;
    }

    TinyGguf floats(String key, float... list) {
        list(key, 6, list.length);
        for (float value : list) {
            int32(values, Float.floatToIntBits(value));
        }
        return this;
    }

    /** A matrix of that many columns (or a vector) in GGUF's number format; quantised blocks take the scale 1/16 and minimum -1/2. */
    TinyGguf tensor(String name, int format, float[] elements, int columns) {
        while (data.size() % 32 != 0) {
            data.write(0);
        }
        boolean vector = elements.length == columns;
        string(infos, name);
        int32(infos, vector ? 1 : 2);
        infos.writeBytes(buffer(8).putLong(columns).array());
        if (!vector) {
            infos.writeBytes(buffer(8).putLong(elements.length / columns).array());
        }
        int32(infos, format);
        infos.writeBytes(buffer(8).putLong(data.size()).array());
        tensorCount++;
        data.writeBytes(encode(format, elements));
        return this;
    }

    private static byte[] encode(int format, float[] elements) {
        ByteBuffer out = buffer(4 * elements.length + 8);
        if (format == 0) {
            out.asFloatBuffer().put(elements);
            out.position(4 * elements.length);
        } else if (format == 1 || format == 30) {
            for (float value : elements) {
                out.putShort(format == 1 ? NumberFormats.toHalf(value) : NumberFormats.toBfloat16(value));
            }
        } else {
            for (int i = 0; i < elements.length; i += 32) {
                block(format, elements, i, out);
            }
        }
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }

    private static void block(int format, float[] elements, int at, ByteBuffer out) {
        out.putShort(NumberFormats.toHalf(1 / 16f));
        if (format == 8) {
            for (int i = 0; i < 32; i++) {
                out.put((byte) (elements[at + i] * 16));
            }
            return;
        }
        if (format == 3) {
            out.putShort(NumberFormats.toHalf(-0.5f));
        }
        for (int i = 0; i < 16; i++) {
            int low = (int) (elements[at + i] * 16) + 8;
            int high = (int) (elements[at + 16 + i] * 16) + 8;
            out.put((byte) (low | high << 4));
        }
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        int32(out, 3);
        out.writeBytes(buffer(16).putLong(tensorCount).putLong(valueCount).array());
        out.writeBytes(values.toByteArray());
        out.writeBytes(infos.toByteArray());
        while (out.size() % 32 != 0) {
            out.write(0);
        }
        out.writeBytes(data.toByteArray());
        return out.toByteArray();
    }

    Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }
}
