package dev.trefoil.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads metrics.jsonl. */
public final class MetricsLog {

    /** The metrics of one step in the order of the file; a value that was not finite is {@code NaN}. */
    public record Row(long step, Map<String, Double> metrics) {
        public Row {
            metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        }
    }

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private MetricsLog() {}

    /**
     * Reads a whole file. A torn last line (no newline, from a process that was killed) is left out.
     *
     * @throws UserError for a line that is not one step, naming file and line
     */
    public static List<Row> read(Path file) throws IOException {
        List<Row> rows = new ArrayList<>();
        boolean torn = Files.size(file) > 0 && !endsWithNewline(file);
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String line = reader.readLine();
            for (int number = 1; line != null; number++) {
                String next = reader.readLine();
                if (next != null || !torn) {
                    rows.add(parse(file, number, line));
                }
                line = next;
            }
        } catch (CharacterCodingException noText) {
            throw fault(file, rows.size() + 1, "not UTF-8");
        }
        return rows;
    }

    static Row parse(Path file, int number, String line) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node == null || !node.path("step").isIntegralNumber()) {
                throw fault(file, number, "no integer \"step\"");
            }
            Map<String, Double> metrics = new LinkedHashMap<>();
            node.properties().forEach(field -> {
                if (!field.getKey().equals("step")) {
                    metrics.put(field.getKey(), field.getValue().asDouble(Double.NaN));
                }
            });
            return new Row(node.path("step").asLong(), metrics);
        } catch (JsonProcessingException e) {
            throw fault(file, number, "not JSON: " + e.getOriginalMessage());
        }
    }

    private static UserError fault(Path file, int number, String found) {
        return UserError.data(file + ":" + number + ": " + PrintableText.of(found)
                + "; one JSON object per step with an integer \"step\" is wanted");
    }

    private static boolean endsWithNewline(Path file) throws IOException {
        try (var channel = Files.newByteChannel(file)) {
            var last = ByteBuffer.allocate(1);
            channel.position(channel.size() - 1).read(last);
            return last.get(0) == '\n';
        }
    }
}
