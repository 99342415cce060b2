package dev.trefoil.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricFilesTest {

    @TempDir
    Path folder;

    @Test
    void named_parts_of_rewards_are_explained() {
        assertThat(Metrics.find("env/reward/length_mean")).hasValueSatisfying(metric -> {
            assertThat(metric.label()).isEqualTo("length");
            assertThat(metric.meaning()).contains("'length'");
        });
        assertThat(Metrics.find("env/reward/_mean")).isEmpty();
        assertThat(Metrics.find("env/reward_dropped")).isPresent();
    }

    @Test
    void steps_are_lines_in_glossary_order_with_all_digits() throws IOException {
        Path file = folder.resolve("deep/metrics.jsonl");
        try (JsonlSink sink = JsonlSink.create(file)) {
            Map<String, Double> metrics = new LinkedHashMap<>();
            metrics.put("zebra", 1.0);
            metrics.put("eval_accuracy", 0.5);
            metrics.put("learning_rate", 2.9e-4);
            metrics.put("loss", 1.0 / 3);
            metrics.put("apple", Double.NaN);
            sink.step(1, metrics);
            assertThat(file)
                    .hasContent(
                            "{\"step\":1,\"loss\":0.3333333333333333,\"learning_rate\":2.9E-4,\"eval_accuracy\":0.5,"
                                    + "\"apple\":null,\"zebra\":1.0}\n");
        }
        MetricsLog.Row row = MetricsLog.read(file).get(0);
        assertThat(row.metrics().get("loss")).isEqualTo(1.0 / 3);
        assertThat(row.metrics().get("apple")).isNaN();
    }

    @Test
    void resuming_cuts_later_steps_and_a_torn_line() throws IOException {
        Path whole = folder.resolve("whole.jsonl");
        write(whole, 1, 2, 3, 4);
        Path file = folder.resolve("metrics.jsonl");
        write(file, 1, 2, 3);
        Files.writeString(file, "{\"step\":4,\"lo", StandardOpenOption.APPEND);
        assertThat(MetricsLog.read(file)).hasSize(3);
        try (JsonlSink sink = JsonlSink.resume(file, 2)) {
            sink.step(3, Map.of("loss", 3.0));
            sink.step(4, Map.of("loss", 4.0));
        }
        assertThat(file).hasSameBinaryContentAs(whole);
        JsonlSink.resume(folder.resolve("new.jsonl"), 5).close();
        assertThat(folder.resolve("new.jsonl")).isEmptyFile();
        JsonlSink.create(whole).close();
        assertThat(whole).isEmptyFile();
    }

    @Test
    void broken_lines_are_named() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        Files.writeString(file, "{\"step\":1}\nnonsense\n");
        assertThatThrownBy(() -> MetricsLog.read(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("metrics.jsonl:2: not JSON");
        Files.writeString(file, "{\"loss\":1}\n");
        assertThatThrownBy(() -> JsonlSink.resume(file, 3))
                .hasMessageContaining("metrics.jsonl:1: no integer \"step\"");
    }

    @Test
    void curves_are_drawn_without_a_display() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        try (JsonlSink sink = JsonlSink.create(file)) {
            for (int step = 1; step <= 60; step++) {
                Map<String, Double> metrics = new LinkedHashMap<>();
                metrics.put("loss", 3.6 + Math.exp(-step / 15.0) + 0.03 * Math.sin(step * 7));
                metrics.put("learning_rate", 3e-4 * Math.min(1, step / 10.0) * (1 - step / 80.0));
                metrics.put("env/reward_mean", Math.tanh(step / 20.0));
                metrics.put("objective/kl", 0.1 * step);
                metrics.put("ppo/policy/clipfrac", 0.1 + 0.05 * Math.cos(step));
                metrics.put("num_tokens", 4096.0 * step);
                metrics.put("tokens_per_second", step == 3 ? Double.NaN : 940 + 20 * Math.sin(step));
                metrics.put("objective/kl_coef", 0.2);
                metrics.put("ppo/val/clipfrac", 0.0);
                metrics.put("memory/own_bytes", 1.4e9 + 1e6 * step);
                if (step % 20 == 0) {
                    metrics.put("eval_loss", 3.7 + Math.exp(-step / 15.0));
                }
                sink.step(step, metrics);
            }
        }
        Path png = folder.resolve("curves.png");
        assertThat(CurvesPng.write("ppo: metrics by step", file, png)).isTrue();
        BufferedImage image = ImageIO.read(png.toFile());
        assertThat(image.getWidth()).isEqualTo(3 * 440);
        assertThat(image.getHeight()).isEqualTo(44 + 4 * 280);
        Files.copy(png, Path.of("target", "curves.png"), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void nothing_to_draw_writes_nothing() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 1);
        assertThat(CurvesPng.write("short", file, folder.resolve("curves.png"))).isFalse();
        assertThat(folder.resolve("curves.png")).doesNotExist();
    }

    @Test
    void the_glossary_explains_every_metric_once() {
        List<String> names = Metrics.all().stream().map(Metric::name).toList();
        assertThat(names).doesNotHaveDuplicates().contains("loss", "objective/kl_coef", "ppo/val/var_explained");
        assertThat(Metrics.all()).allSatisfy(metric -> {
            assertThat(metric.meaning()).endsWith(".").hasSizeGreaterThan(10);
            assertThat(metric.unit()).isNotEmpty();
        });
        assertThat(Metrics.find("eval_mean_token_accuracy"))
                .hasValueSatisfying(metric -> assertThat(metric.meaning()).startsWith("On the evaluation data: "));
        assertThat(Metrics.find("unheard/of")).isEmpty();
        for (List<String> columns :
                List.of(Metrics.supervisedColumns(), Metrics.rewardColumns(), Metrics.ppoColumns())) {
            assertThat(columns)
                    .allSatisfy(name -> assertThat(Metrics.find(name)).isPresent());
        }
        assertThat(Metrics.table(100).lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    private static void write(Path file, long... steps) {
        try (JsonlSink sink = JsonlSink.create(file)) {
            for (long step : steps) {
                sink.step(step, Map.of("loss", (double) step));
            }
        }
    }
}
