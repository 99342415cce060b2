package dev.trefoil.stage.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.Survival;
import dev.trefoil.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** samples.jsonl and rollouts.jsonl.gz, which a resumed run goes on in, under random damage. */
class DamagedLogsTest {

    private static final String ROLLOUTS = """
            {"step":1,"prompt":"p","response":"r","score":0.5,"metadata":{"label":"1"}}
            {"step":1,"prompt":"p","response":"s","score":null}
            {"step":2,"prompt":"q","response":"r","score":-1e3}
            """;

    @TempDir
    private Path folder;

    @Test
    void samples() throws IOException {
        String lines =
                "{\"step\":1,\"prompt\":\"p\",\"before\":\"b\",\"after\":\"a\",\"reward_after\":1.5}\n".repeat(3);
        Path file = Files.writeString(folder.resolve("samples.jsonl"), lines);
        Survival.ofFile(file, true, damaged -> {
            SampleLog.open(damaged, 2);
            if (Files.size(damaged) < lines.length()) {
                throw UserError.data("a sample is gone");
            }
        });
    }

    private static byte[] packed(byte[] text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text);
        }
        return bytes.toByteArray();
    }

    @Test
    void rollouts() throws IOException {
        Path file = folder.resolve(RolloutLog.NAME);
        Files.write(file, packed(ROLLOUTS.getBytes(StandardCharsets.UTF_8)));
        Survival.ofFile(file, false, 2, damaged -> {
            if (RolloutLog.read(damaged).size() < 3) {
                throw UserError.data("a response is gone");
            }
        });
        // The text changes, and what it is packed in with it.
        Path text = Files.writeString(folder.resolve("rollouts.jsonl"), ROLLOUTS);
        Survival.ofFile(text, true, 2, damaged -> {
            Files.write(file, packed(Files.readAllBytes(damaged)));
            RolloutLog.read(file);
            RolloutLog.open(folder, 1);
            if (Files.size(file) > 0) {
                RolloutLog.read(file);
            }
        });
    }

    /** A kill may fall within a letter, and behind the bracket of what lies inside of a line. */
    @Test
    void a_torn_last_line_is_of_a_step_that_is_done_again() throws IOException {
        String kept = "{\"step\":1,\"prompt\":\"schön\"}\n";
        byte[] whole = (kept + "{\"step\":2,\"prompt\":\"ö\",\"parts_before\":{\"a\":1.0},\"parts_after\":{}}\n")
                .getBytes(StandardCharsets.UTF_8);
        for (int length = kept.getBytes(StandardCharsets.UTF_8).length; length < whole.length; length++) {
            Path samples = Files.write(folder.resolve("samples.jsonl"), Arrays.copyOf(whole, length));
            SampleLog.open(samples, 2);
            assertThat(Files.readString(samples)).isEqualTo(kept);
        }
    }

    @Test
    void a_step_without_responses_leaves_no_line() throws IOException {
        Files.write(folder.resolve(RolloutLog.NAME), packed(ROLLOUTS.getBytes(StandardCharsets.UTF_8)));
        RolloutLog log = RolloutLog.open(folder, Long.MAX_VALUE);
        log.write(9, List.of(), new Judge.Verdict(List.of(), new int[0], new double[0], List.of(), Map.of()));
        assertThat(RolloutLog.read(folder)).hasSize(3);
    }
}
