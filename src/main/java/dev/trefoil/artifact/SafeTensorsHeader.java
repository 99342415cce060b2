package dev.trefoil.artifact;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The first bytes of a safetensors file: 8 bytes with the length n of a JSON text, then the text, then the tensors' bytes.
 *
 * @param dataStart where the tensors begin, in bytes from the start of the file
 * @param tensors by name, in the order of their bytes
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
record SafeTensorsHeader(long dataStart, Map<String, SafeTensorsFile.Info> tensors, Map<String, String> metadata) {

    /** The limit of the published reader. */
    static final long MAX_HEADER_BYTES = 100_000_000;

    private static final Map<String, Integer> ELEMENT_BYTES = Map.ofEntries(
            Map.entry("F64", 8),
            Map.entry("F32", 4),
            Map.entry("F16", 2),
            Map.entry("BF16", 2),
            Map.entry("I64", 8),
            Map.entry("I32", 4),
            Map.entry("I16", 2),
            Map.entry("I8", 1),
            Map.entry("U64", 8),
            Map.entry("U32", 4),
            Map.entry("U16", 2),
            Map.entry("U8", 1),
            Map.entry("BOOL", 1),
            Map.entry("F8_E4M3", 1),
            Map.entry("F8_E5M2", 1));

    static int elementBytes(String dtype) {
        Integer bytes = ELEMENT_BYTES.get(dtype);
        if (bytes == null) {
            throw new IllegalArgumentException("no dtype of safetensors: " + dtype);
        }
        return bytes;
    }

    /** Product of the shape; throws ArithmeticException on a negative entry or when it does not fit a long. */
    static long elements(long[] shape) {
        long product = 1;
        for (long size : shape) {
            if (size < 0) {
                throw new ArithmeticException("negative size " + size);
            }
            product = Math.multiplyExact(product, size);
        }
        return product;
    }

    static SafeTensorsHeader read(Path file, FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        if (fileBytes < 8) {
            throw fault(file, "found " + fileBytes + " bytes, wanted at least 8: the file is empty or truncated");
        }
        long length = readFully(channel, 0, 8).getLong();
        if (length < 2 || length > MAX_HEADER_BYTES) {
            throw fault(
                    file,
                    "found a header of " + Long.toUnsignedString(length) + " bytes, wanted 2 to " + MAX_HEADER_BYTES
                            + ": this is not a safetensors file");
        }
        if (length > fileBytes - 8) {
            throw fault(
                    file,
                    "found " + fileBytes + " bytes, wanted more than " + (8 + length)
                            + " for the header alone: the file is truncated; copy or download it again");
        }
        ByteBuffer text = readFully(channel, 8, (int) length);
        JsonNode root = parse(file, text.array());
        long dataStart = 8 + length;
        return read(file, root, dataStart, fileBytes - dataStart);
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new IOException("the file ends early");
            }
        }
        return buffer.flip();
    }

    private static JsonNode parse(Path file, byte[] text) {
        ObjectMapper mapper = JsonMapper.builder(JsonFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
        try {
            JsonNode root = mapper.readTree(new String(text, StandardCharsets.UTF_8));
            if (root.isObject()) {
                return root;
            }
        } catch (JsonProcessingException notJson) {
            throw fault(
                    file,
                    "the header is not a JSON object with unique names: " + notJson.getOriginalMessage(),
                    notJson);
        }
        throw fault(file, "the header is JSON but no object: this is not a safetensors file");
    }

    private static SafeTensorsHeader read(Path file, JsonNode root, long dataStart, long dataBytes) {
        Map<String, String> metadata = new LinkedHashMap<>();
        List<SafeTensorsFile.Info> infos = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (entry.getKey().equals("__metadata__")) {
                entry.getValue()
                        .properties()
                        .forEach(pair ->
                                metadata.put(pair.getKey(), pair.getValue().asText()));
            } else {
                infos.add(info(file, entry.getKey(), entry.getValue(), dataBytes));
            }
        }
        infos.sort(Comparator.comparingLong(SafeTensorsFile.Info::begin).thenComparingLong(SafeTensorsFile.Info::end));
        Map<String, SafeTensorsFile.Info> tensors = new LinkedHashMap<>();
        long end = 0;
        for (SafeTensorsFile.Info info : infos) {
            if (info.begin() != end) {
                String what = info.begin() < end ? "overlaps the tensor before it" : "leaves a hole before it";
                throw fault(
                        file,
                        "tensor '" + info.name() + "' " + what + ": found begin " + info.begin() + ", wanted " + end);
            }
            end = info.end();
            tensors.put(info.name(), info);
        }
        if (end != dataBytes) {
            throw fault(file, "found " + dataBytes + " bytes of tensors, wanted " + end + ": the file is damaged");
        }
        return new SafeTensorsHeader(dataStart, tensors, metadata);
    }

    private static SafeTensorsFile.Info info(Path file, String name, JsonNode node, long dataBytes) {
        String where = "tensor '" + name + "': ";
        String dtype = node.path("dtype").asText("");
        Integer width = ELEMENT_BYTES.get(dtype);
        if (width == null) {
            throw fault(file, where + "found dtype '" + dtype + "', wanted one of " + sortedTypes());
        }
        long[] shape = integers(file, where + "shape", node.path("shape"));
        long[] offsets = integers(file, where + "data_offsets", node.path("data_offsets"));
        if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
            throw fault(
                    file, where + "found data_offsets " + Arrays.toString(offsets) + ", wanted [begin, end] from 0 up");
        }
        if (offsets[1] > dataBytes) {
            throw fault(
                    file,
                    where + "ends at byte " + offsets[1] + " of the data, the file has only " + dataBytes
                            + ": it is truncated; copy or download it again");
        }
        long wanted;
        try {
            wanted = Math.multiplyExact(elements(shape), (long) width);
        } catch (ArithmeticException tooLarge) {
            throw fault(
                    file,
                    where + "found shape " + Arrays.toString(shape) + ", wanted sizes from 0 up that fit",
                    tooLarge);
        }
        if (wanted != offsets[1] - offsets[0]) {
            throw fault(
                    file,
                    where + "found " + (offsets[1] - offsets[0]) + " bytes, wanted " + wanted + " for " + dtype + " "
                            + Arrays.toString(shape));
        }
        return new SafeTensorsFile.Info(name, dtype, shape, offsets[0], offsets[1]);
    }

    private static long[] integers(Path file, String where, JsonNode node) {
        if (!node.isArray()) {
            throw fault(file, where + ": found " + clip(node.toString()) + ", wanted a list of whole numbers");
        }
        long[] values = new long[node.size()];
        for (int i = 0; i < values.length; i++) {
            JsonNode value = node.get(i);
            if (!value.isIntegralNumber() || !value.canConvertToLong()) {
                throw fault(file, where + ": found " + clip(value.toString()) + ", wanted a whole number");
            }
            values[i] = value.longValue();
        }
        return values;
    }

    private static String clip(String text) {
        return text.isEmpty() ? "nothing" : text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    private static String sortedTypes() {
        return String.join(", ", ELEMENT_BYTES.keySet().stream().sorted().toList());
    }

    private static UserError fault(Path file, String message) {
        return UserError.data(file + ": " + message);
    }

    private static UserError fault(Path file, String message, Exception cause) {
        return new UserError(dev.trefoil.ExitCode.CONFIG_OR_DATA, file + ": " + message, cause);
    }
}
