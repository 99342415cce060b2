package dev.trefoil.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Metadata of a GGUF file to be written, in order; each method adds one key with a value of that type. */
public final class GgufValues {

    private static final int UINT32 = 4;
    private static final int INT32 = 5;
    private static final int FLOAT32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Set<String> keys = new LinkedHashSet<>();

    private GgufValues() {}

    public static GgufValues create() {
        return new GgufValues();
    }

    static byte[] string(String text) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        return buffer(8 + content.length).putLong(content.length).put(content).array();
    }

    static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void key(String key, int type) {
        if (!keys.add(key)) {
            throw new IllegalStateException("metadata key " + key + " twice");
        }
        bytes.writeBytes(string(key));
        int32(type);
    }

    private void int32(int value) {
        bytes.writeBytes(buffer(4).putInt(value).array());
    }

    private void list(String key, int type, int count) {
        key(key, ARRAY);
        int32(type);
        bytes.writeBytes(buffer(8).putLong(count).array());
    }

    public GgufValues text(String key, String value) {
        key(key, STRING);
        bytes.writeBytes(string(value));
        return this;
    }

    /** An unsigned whole number: a size or an id. */
    public GgufValues size(String key, int value) {
        key(key, UINT32);
        int32(value);
        return this;
    }

    /** A number, as float32. */
    public GgufValues number(String key, double value) {
        key(key, FLOAT32);
        int32(Float.floatToRawIntBits((float) value));
        return this;
    }

    public GgufValues flag(String key, boolean value) {
        key(key, BOOL);
        bytes.write(value ? 1 : 0);
        return this;
    }

    public GgufValues texts(String key, List<String> values) {
        list(key, STRING, values.size());
        values.forEach(value -> bytes.writeBytes(string(value)));
        return this;
    }

    /** Whole numbers with a sign. */
    public GgufValues integers(String key, int[] values) {
        list(key, INT32, values.length);
        for (int value : values) {
            int32(value);
        }
        return this;
    }

    /** Numbers, as float32. */
    public GgufValues numbers(String key, float[] values) {
        list(key, FLOAT32, values.length);
        for (float value : values) {
            int32(Float.floatToRawIntBits(value));
        }
        return this;
    }

    int count() {
        return keys.size();
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }
}
