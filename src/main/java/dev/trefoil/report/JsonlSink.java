package dev.trefoil.report;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes metrics.jsonl: one JSON object a step, {@code step} first, then the metrics in the order of the glossary, with all digits. A
 * value that is not finite becomes null, for JSON has no word for it. Each step is handed to the system as one write.
 */
public final class JsonlSink implements MetricSink {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final FileChannel channel;

    private JsonlSink(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Starts an empty file, replacing one that is there; missing folders are made. */
    public static JsonlSink create(Path file) {
        return resume(file, Long.MIN_VALUE);
    }

    /**
     * Opens a file to go on after a step: lines of later steps, and a torn last line, are cut off.
     *
     * @param lastStep the last step to keep
     * @throws UserError when the file cannot be opened or a kept line cannot be read
     */
    public static JsonlSink resume(Path file, long lastStep) {
        try {
            if (file.toAbsolutePath().getParent() != null) {
                Files.createDirectories(file.toAbsolutePath().getParent());
            }
            long keep = lastStep == Long.MIN_VALUE || !Files.exists(file) ? 0 : lengthUpTo(file, lastStep);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(keep).position(keep);
            return new JsonlSink(file, channel);
        } catch (IOException e) {
            throw fault(file, e);
        }
    }

    @Override
    public void step(long step, Map<String, Double> metrics) {
        Map<String, Double> ordered = new TreeMap<>(Metrics.FILE_ORDER);
        ordered.putAll(metrics);
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("step", step);
        ordered.forEach((name, value) -> {
            if (value == null || !Double.isFinite(value)) {
                node.putNull(name);
            } else {
                node.put(name, value);
            }
        });
        try {
            ByteBuffer line = ByteBuffer.wrap((JSON.writeValueAsString(node) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
        } catch (IOException e) {
            throw fault(file, e);
        }
    }

    /** Forces all lines to the disk. */
    public void sync() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw fault(file, e);
        }
    }

    @Override
    public void close() {
        try {
            if (channel.isOpen()) {
                channel.force(false);
                channel.close();
            }
        } catch (IOException e) {
            throw fault(file, e);
        }
    }

    private static long lengthUpTo(Path file, long lastStep) throws IOException {
        return StepLines.lengthUpTo(
                Files.readAllBytes(file),
                lastStep,
                (number, line) -> MetricsLog.parse(file, number, line).step());
    }

    private static UserError fault(Path file, IOException cause) {
        return new UserError(
                ExitCode.FAILED,
                file + ": cannot write metrics: " + cause.getMessage()
                        + "; free some space and look at the folder's rights, then go on with --resume",
                cause);
    }
}
