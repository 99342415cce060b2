package dev.trefoil.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The TorchScript archive that the engine loads: a ZIP of stored entries with the source text of one class and a pickle that gives
 * its constants. Nothing is pickled from Java objects; the few opcodes are written by hand.
 */
final class ModuleArchive {

    /** Files of {@code kernels/}, one topic each. */
    private static final List<String> TOPICS =
            List.of("linear", "norm", "rotary", "attention", "mlp", "block", "head", "sample", "decode", "pretrain");

    /** File format that knows today's operator signatures (torch 1.13 and later write it). */
    private static final String VERSION = "10\n";

    private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

    private ModuleArchive() {}

    static byte[] assemble(Map<String, Object> attributes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "version", VERSION.getBytes(StandardCharsets.US_ASCII));
            store(zip, "constants.pkl", EMPTY_TUPLE);
            store(zip, "data.pkl", pickle(attributes));
            store(zip, "code/__torch__.py", source(attributes).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry("kernels/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setCrc(crc.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static String source(Map<String, Object> attributes) throws IOException {
        StringBuilder text = new StringBuilder("class Kernels(Module):\n  __parameters__ = []\n  __buffers__ = []\n");
        text.append("  training : bool\n");
        attributes.forEach((name, value) ->
                text.append("  ").append(name).append(" : ").append(type(value)).append('\n'));
        for (String topic : TOPICS) {
            for (String line : resource(topic).split("\n")) {
                text.append(line.isBlank() ? "" : "  ").append(line).append('\n');
            }
        }
        return text.toString();
    }

    private static String type(Object value) {
        if (value instanceof Boolean) {
            return "bool";
        }
        return value instanceof Integer ? "int" : "float";
    }

    private static String resource(String topic) throws IOException {
        String name = "/kernels/" + topic + ".py";
        try (InputStream in = ModuleArchive.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] pickle(Map<String, Object> attributes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x80, 2});
        out.write("c__torch__\nKernels\n)".getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[] {(byte) 0x81, '}', '('});
        key(out, "training");
        out.write(0x89);
        for (Map.Entry<String, Object> attribute : attributes.entrySet()) {
            key(out, attribute.getKey());
            value(out, attribute.getValue());
        }
        out.write(new byte[] {'u', 'b', '.'});
        return out.toByteArray();
    }

    private static void key(ByteArrayOutputStream out, String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.write(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .array());
        out.write(bytes);
    }

    private static void value(ByteArrayOutputStream out, Object value) throws IOException {
        if (value instanceof Boolean flag) {
            out.write(flag ? 0x88 : 0x89);
        } else if (value instanceof Integer number) {
            out.write('J');
            out.write(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(number)
                    .array());
        } else {
            out.write('G');
            out.write(ByteBuffer.allocate(8).putDouble((Double) value).array());
        }
    }
}
