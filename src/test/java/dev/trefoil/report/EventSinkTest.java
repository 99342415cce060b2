package dev.trefoil.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventSinkTest {

    @TempDir
    Path folder;

    private void write(Path file, long... steps) {
        try (EventSink sink = EventSink.create(file, () -> 1.5)) {
            for (long step : steps) {
                sink.step(step, Map.of("loss", 1.0 / step, "eval_loss", 2.0));
            }
        }
    }

    @Test
    void the_checksum_is_the_published_one() {
        byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
        assertThat(EventFileReader.crc(digits)).isEqualTo(0xe3069283);
        assertThat(EventSink.maskedChecksum(digits, 0, digits.length)).isEqualTo(0xc78ab0e5);
    }

    @Test
    void scalars_and_texts_are_read_back() throws IOException {
        Path file = folder.resolve("deep").resolve(EventSink.FILE_NAME);
        try (EventSink sink = EventSink.create(file, () -> 1.5)) {
            sink.step(0, Map.of("eval_loss", 4.25));
            sink.step(300, Map.of("loss", 0.1, "objective/kl", Double.NaN));
            sink.text(300, "samples", "**prompt** \u00e4");
        }
        List<EventFileReader.Event> events = EventFileReader.read(file);
        assertThat(events).hasSize(4);
        assertThat(events.get(0).version()).isEqualTo("brain.Event:2");
        assertThat(events.get(1)).satisfies(event -> {
            assertThat(event.step()).isZero();
            assertThat(event.scalars()).containsExactly(Map.entry("eval/loss", 4.25f));
        });
        assertThat(events.get(2).step()).isEqualTo(300);
        assertThat(events.get(2).scalars())
                .containsEntry("train/loss", 0.1f)
                .containsEntry("objective/kl", Float.NaN)
                .containsEntry("train/objective/kl", Float.NaN);
        assertThat(events.get(3).texts()).containsExactly(Map.entry("samples/text_summary", "**prompt** \u00e4"));
    }

    @Test
    void tags_are_those_of_trl() {
        assertThat(EventTags.of("loss")).containsExactly("train/loss");
        assertThat(EventTags.of("eval_loss")).containsExactly("eval/loss");
        assertThat(EventTags.of("rewards/chosen")).containsExactly("train/rewards/chosen");
        assertThat(EventTags.of("eval_env/reward_mean")).containsExactly("eval/env/reward_mean");
        assertThat(EventTags.of("env/reward_mean")).containsExactly("env/reward_mean");
        assertThat(EventTags.of("ppo/policy/clipfrac"))
                .containsExactly("ppo/policy/clipfrac", "train/policy/clipfrac_avg");
        assertThat(EventTags.of("objective/kl")).containsExactly("objective/kl", "train/objective/kl");
        assertThat(EventTags.of("objective/scores")).containsExactly("train/objective/scores");
    }

    @Test
    void resuming_cuts_later_steps_and_a_torn_record() throws IOException {
        Path whole = folder.resolve("whole");
        write(whole, 1, 2, 3, 4);
        Path file = folder.resolve("cut");
        write(file, 1, 2, 3);
        byte[] bytes = Files.readAllBytes(whole);
        int length = (int) Files.size(file);
        Files.write(file, Arrays.copyOfRange(bytes, length, length + 20), StandardOpenOption.APPEND);
        try (EventSink sink = EventSink.resume(file, 2, () -> 1.5)) {
            sink.step(3, Map.of("loss", 1.0 / 3, "eval_loss", 2.0));
            sink.step(4, Map.of("loss", 0.25, "eval_loss", 2.0));
        }
        assertThat(file).hasSameBinaryContentAs(whole);
        EventSink.create(file, () -> 1.5).close();
        assertThat(EventFileReader.read(file)).hasSize(1);
    }

    @Test
    void a_table_has_a_column_a_metric() throws IOException {
        Path log = folder.resolve("metrics.jsonl");
        try (JsonlSink sink = JsonlSink.create(log)) {
            sink.step(0, Map.of("eval_loss", 2.0));
            sink.step(1, Map.of("loss", 1.0 / 3, "my,metric", Double.NaN));
        }
        Path csv = folder.resolve("csv/sft.csv");
        MetricsCsv.write(log, csv);
        assertThat(csv).hasContent("step,loss,eval_loss,\"my,metric\"\n0,,2.0,\n1,0.3333333333333333,,\n");
    }
}
