package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.TinyBase;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained adapter's way out: into the published weights, into a GGUF file, and from there back into a base. */
class ExchangeCommandTest {

    private static final String PROMPT = "The new film";

    @TempDir
    private static Path shared;

    private static Path base;
    private static Path published;
    private static Path sft;

    @TempDir
    private Path folder;

    @BeforeAll
    static void train() throws IOException {
        base = TinyBase.prepare(shared);
        published = shared.resolve("hf-FP32");
        Path reviews = TinyBase.reviews(shared.resolve("reviews.jsonl"), 5, 24);
        Path file = shared.resolve("sft.yaml");
        Files.writeString(file, """
                engine: {compute: fp32, int8_forward: false, int8_backward: false}
                data: {path: "%s"}
                packing: {length: 32}
                lora: {r: 4, target_modules: all-linear}
                eval: {samples: 0}
                optim: {learning_rate: 0.02}
                train: {max_steps: 5, batch_size: 2}
                """.formatted(reviews));
        sft = shared.resolve("run/sft");
        done("sft", file.toString(), "--base", base.toString(), "--out", sft.toString());
    }

    private static String done(String... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    private static String greedy(Path from, String... more) {
        String[] arguments = {
            "generate",
            "--base",
            from.toString(),
            "--engine",
            "compute=fp32",
            "--greedy",
            "--max-new-tokens",
            "24",
            "--prompt",
            PROMPT
        };
        String[] all =
                Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
        return done(all);
    }

    @Test
    void mergedAndExportedItWritesTheSameText() throws IOException {
        Path merged = folder.resolve("merged");
        String told = done(
                "merge",
                "--base-source",
                published.toString(),
                "--base",
                base.toString(),
                "--adapter",
                sft.toString(),
                "--out",
                merged.toString(),
                "--json");
        JsonNode result = JsonMapper.builder().build().readTree(told);
        assertThat(result.path("linears").asInt()).isEqualTo(7 * TinyBase.LAYERS);
        assertThat(result.path("largest_gap").asDouble(1)).isLessThan(1e-3);
        Path file = folder.resolve("merged.gguf");
        assertThat(done("export", merged.toString(), "--format", "f32", "--out", file.toString()))
                .startsWith("exported: ")
                .contains("llama");
        Path again = folder.resolve("again");
        done("prepare", file.toString(), "--out", again.toString(), "--precision", "fp32");
        String wanted = greedy(base, "--adapter", sft.toString());
        assertThat(greedy(again)).isEqualTo(wanted);
        assertThat(greedy(base)).isNotEqualTo(wanted);
        Path lora = folder.resolve("lora.gguf");
        done(
                "export",
                published.toString(),
                "--adapter",
                sft.toString(),
                "--base",
                base.toString(),
                "--out",
                lora.toString());
        assertThat(lora).isNotEmptyFile();
    }

    private static void refused(int code, String wanted, String... arguments) {
        CommandLineRun run = CommandLineRun.of(arguments);
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.err()).startsWith("trefoil ").contains(wanted).doesNotContain("\tat ", "Exception");
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        String out = folder.resolve("merged").toString();
        String source = published.toString();
        String adapter = sft.toString();
        refused(2, "--adapter", "merge", "--base-source", source, "--out", out);
        refused(
                2,
                "size",
                "merge",
                "--base-source",
                source,
                "--adapter",
                adapter,
                "--out",
                out,
                "--max-shard-size",
                "x");
        refused(3, "did you mean", "merge", "--base-source", source + "X", "--adapter", adapter, "--out", out);
        refused(3, "base store", "merge", "--base-source", base.toString(), "--adapter", adapter, "--out", out);
        Path other = TinyBase.prepare(folder, Precision.INT8);
        refused(
                5,
                "was trained with base",
                "merge",
                "--base-source",
                source,
                "--base",
                other.toString(),
                "--adapter",
                adapter,
                "--out",
                out);
        assertThat(Path.of(out)).doesNotExist();
        String file = Files.writeString(folder.resolve("x.gguf"), "x").toString();
        refused(3, "exists already", "export", source, "--out", file);
        refused(2, "--format", "export", source, "--adapter", adapter, "--format", "f16", "--out", out);
        refused(2, "--base", "export", source, "--base", base.toString(), "--out", out);
    }
}
