package dev.trefoil.report;

import dev.trefoil.Survival;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of metrics that a resumed run goes on in, under random damage. */
class DamagedEventsTest {

    @TempDir
    private Path folder;

    @Test
    void events() throws IOException {
        Path file = folder.resolve(EventSink.FILE_NAME);
        try (EventSink sink = EventSink.create(file, () -> 7)) {
            sink.step(1, Map.of("loss", 0.5));
            sink.text(1, "samples", "| a |");
            sink.step(2, Map.of("loss", 0.25, "objective/kl", 1.0));
        }
        long whole = Files.size(file);
        Survival.ofFile(file, false, 2, damaged -> {
            EventSink.resume(damaged, 2, () -> 7).close();
            if (Files.size(damaged) != whole) {
                throw UserError.data("records are cut off");
            }
        });
        // The message changes, and its checksum with it.
        byte[] record = Files.readAllBytes(file);
        int length =
                (int) ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        Path message = Files.write(folder.resolve("message"), java.util.Arrays.copyOfRange(record, 12, 12 + length));
        Survival.ofFile(message, false, 2, damaged -> {
            byte[] data = Files.readAllBytes(damaged);
            ByteBuffer all = ByteBuffer.allocate(16 + data.length).order(ByteOrder.LITTLE_ENDIAN);
            all.putLong(data.length).putInt(EventSink.maskedChecksum(all.array(), 0, 8));
            all.put(data).putInt(EventSink.maskedChecksum(data, 0, data.length));
            Files.write(file, all.array());
            EventSink.resume(file, 2, () -> 7).close();
            if (Files.size(file) != all.capacity()) {
                throw UserError.data("the record is cut off");
            }
        });
    }

    @Test
    void metrics_of_a_run_that_was_cut_off() throws IOException {
        Path file = Files.writeString(
                folder.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":null}\n{\"step\":3");
        Survival.ofFile(file, true, damaged -> {
            JsonlSink.resume(damaged, 2).close();
            MetricsLog.read(damaged);
        });
    }
}
