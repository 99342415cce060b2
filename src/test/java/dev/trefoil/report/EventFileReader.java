package dev.trefoil.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads event files as TensorBoard does, with a checksum of its own. */
public final class EventFileReader {

    private static final int POLYNOMIAL = 0x82F63B78;

    /** One event: its step, scalars by tag, texts by tag, the file's version in the first. */
    public record Event(long step, Map<String, Float> scalars, Map<String, String> texts, String version) {}

    private EventFileReader() {}

    /** All events; fails at the first record that is not whole. */
    public static List<Event> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Event> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] header = take(in, Long.BYTES);
            require(in.getInt(), header);
            byte[] data = take(in, (int)
                    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong());
            require(in.getInt(), data);
            events.add(event(data));
        }
        return events;
    }

    private static void require(int masked, byte[] bytes) {
        int checksum = crc(bytes);
        int wanted = (checksum >>> 15 | checksum << 17) + 0xa282ead8;
        if (masked != wanted) {
            throw new IllegalStateException("checksum " + masked + ", wanted " + wanted);
        }
    }

    /** CRC-32C bit by bit. */
    static int crc(byte[] bytes) {
        int crc = -1;
        for (byte next : bytes) {
            crc ^= next & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ POLYNOMIAL : crc >>> 1;
            }
        }
        return ~crc;
    }

    private static byte[] take(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static Event event(byte[] data) {
        Map<String, Float> scalars = new LinkedHashMap<>();
        Map<String, String> texts = new LinkedHashMap<>();
        Map<Integer, List<byte[]>> fields = fields(data);
        long step = fields.containsKey(2) ? varint(ByteBuffer.wrap(fields.get(2).get(0))) : 0;
        for (byte[] summary : fields.getOrDefault(5, List.of())) {
            for (byte[] value : fields(summary).getOrDefault(1, List.of())) {
                Map<Integer, List<byte[]>> parts = fields(value);
                String tag = text(parts.get(1).get(0));
                if (parts.containsKey(2)) {
                    scalars.put(
                            tag,
                            ByteBuffer.wrap(parts.get(2).get(0))
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .getFloat());
                }
                if (parts.containsKey(8)) {
                    texts.put(tag, text(fields(parts.get(8).get(0)).get(8).get(0)));
                }
            }
        }
        String version = fields.containsKey(3) ? text(fields.get(3).get(0)) : null;
        return new Event(step, scalars, texts, version);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Values by field number, each as the bytes that stand for it. */
    private static Map<Integer, List<byte[]>> fields(byte[] message) {
        Map<Integer, List<byte[]>> fields = new LinkedHashMap<>();
        ByteBuffer in = ByteBuffer.wrap(message);
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            int start = in.position();
            int length =
                    switch (tag & 7) {
                        case 0 -> {
                            varint(in);
                            int end = in.position();
                            in.position(start);
                            yield end - start;
                        }
                        case 1 -> 8;
                        case 2 -> (int) varint(in);
                        default -> 4;
                    };
            fields.computeIfAbsent(tag >> 3, key -> new ArrayList<>()).add(take(in, length));
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = in.get();
            value |= (long) (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }
}
