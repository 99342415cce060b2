package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.TinyBase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Input that is no damage but stands at an edge: it is used, or refused in one message with the right code. */
class OddInputTest {

    private static final String COMMON = """
            engine: {compute: fp32, int8_forward: false, int8_backward: false}
            lora: {r: 2, target_modules: all-linear}
            """;

    @TempDir
    private static Path shared;

    private static Path base;

    @TempDir
    private Path folder;

    @BeforeAll
    static void prepare() {
        base = TinyBase.prepare(shared);
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private CommandLineRun run(String stage, Path data, String content) throws IOException {
        Path yaml = file(stage + ".yaml", COMMON + "data: {path: \"" + data + "\"}\n" + content);
        return CommandLineRun.of(
                stage,
                yaml.toString(),
                "--base",
                base.toString(),
                "--out",
                folder.resolve("out").toString());
    }

    private CommandLineRun ppo(Path data, String content) throws IOException {
        return run("ppo", data, "reward: {model: lexicon-sentiment}\n" + content);
    }

    private static void refused(CommandLineRun run, String... parts) {
        assertThat(run.code()).as(run.err()).isEqualTo(3);
        assertThat(run.err()).contains(parts).doesNotContain("\tat ", "unexpected");
    }

    @Test
    void empty_prompts_are_dropped_and_prompts_beyond_the_context_refused_at_once() throws IOException {
        Path prompts =
                file("prompts.jsonl", "{\"prompt\": \"\"}\n{\"prompt\": \"The film \"}\n{\"prompt\": \"\\u0000\"}\n");
        CommandLineRun run = ppo(
                prompts,
                "sampling: {max_new_tokens: 1, stop: none}\nppo: {steps: 2, batch_size: 1, samples_every: 0}\n");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.readString(folder.resolve("out/metrics.jsonl")))
                .contains("\"tokens/responses_len_mean\":1.0")
                .doesNotContain("\"ppo/loss/total\":null");
        Path nothing = file("nothing.jsonl", "{\"prompt\": \"\"}\n");
        refused(ppo(nothing, "ppo: {steps: 1, batch_size: 1}\n"), "nothing.jsonl", "prompt");
        Path longest = file("long.jsonl", "{\"prompt\": \"" + "a film ".repeat(40) + "\"}\n");
        refused(
                ppo(longest, "prompts: {max_tokens: 120}\nsampling: {max_new_tokens: 100}\nppo: {batch_size: 1}\n"),
                "prompts",
                "max_new_tokens",
                "128");
    }

    @Test
    void equal_rewards_teach_nothing_and_break_nothing() throws IOException {
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 5, 8);
        Path silent = Files.createDirectories(folder.resolve("silent"));
        Files.writeString(
                silent.resolve("reward.yaml"), "kind: rule\nrules: [{pattern: \"\\\\p{IsHangul}\", score: 1}]\n");
        CommandLineRun run = run("ppo", prompts, "reward: {model: \"" + silent + "\"}\n" + """
                sampling: {max_new_tokens: 4}
                ppo: {steps: 3, batch_size: 4, samples_every: 0, score: {scale: true, normalise: true}}
                """);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.readString(folder.resolve("out/metrics.jsonl"))).doesNotContain("\"ppo/loss/total\":null");
        assertThat(Files.readString(folder.resolve("out/doctor.jsonl"))).contains("equal_rewards");
    }

    @Test
    void numbers_as_texts_are_read_and_what_is_no_number_is_named() throws IOException {
        String row = "{\"prompt\": \"\", \"chosen\": \"A fine film.\", \"rejected\": \"Dull.\", \"margin\": %s}\n";
        String settings = "loss: {margin: true}\nrows: {length: 32}\ntrain: {max_steps: 1, batch_size: 2}\n";
        Path good = file("good.jsonl", row.formatted("\"1.5\"") + row.formatted("2"));
        CommandLineRun run = run("reward", good, settings);
        assertThat(run.code()).as(run.err()).isZero();
        for (String wrong : List.of("NaN", "Infinity", "\"much\"", "1e999")) {
            Path bad = file("bad.jsonl", row.formatted("1") + row.formatted(wrong));
            refused(run("reward", bad, settings), "bad.jsonl row 2", "margin");
        }
    }

    @Test
    void columns_of_other_types_become_text_or_are_named() throws IOException, SQLException {
        Path parquet = folder.resolve("odd.parquet");
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duck.createStatement()) {
            statement.execute("COPY (SELECT 12345 AS n, 1.25::DECIMAL(9,2) AS d, DATE '2020-01-02' AS day,"
                    + " 'abc'::BLOB AS b, ['x', 'y'] AS l, {'a': 1} AS s, TRUE AS f, NULL AS empty, 'A fine film.' AS text"
                    + " FROM range(4)) TO '" + parquet + "' (FORMAT parquet)");
        }
        String settings = "packing: {length: 16}\neval: {samples: 0}\ntrain: {max_steps: 1, batch_size: 1}\n";
        for (String column : List.of("n", "d", "day", "b", "f")) {
            CommandLineRun run = doctor(parquet, column, settings);
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.out()).contains("ok    gradient_flow");
        }
        for (String column : List.of("l", "s", "empty")) {
            refused(doctor(parquet, column, settings), "odd.parquet");
        }
    }

    private CommandLineRun doctor(Path data, String column, String settings) throws IOException {
        Path yaml = file(
                "sft.yaml", COMMON + "data: {path: \"" + data + "\", columns: {text: " + column + "}}\n" + settings);
        return CommandLineRun.of("doctor", yaml.toString(), "--base", base.toString());
    }

    @Test
    void a_line_of_a_hundred_megabytes_is_refused_without_being_kept() throws IOException {
        Path file = folder.resolve("line.jsonl");
        byte[] piece = new byte[1 << 20];
        Arrays.fill(piece, (byte) 'a');
        try (var out = Files.newOutputStream(file)) {
            out.write("{\"text\": \"".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 100; i++) {
                out.write(piece);
            }
        }
        refused(run("sft", file, "packing: {length: 16}\n"), "line.jsonl row 1", "longer than");
    }
}
