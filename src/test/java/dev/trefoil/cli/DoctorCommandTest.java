package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.TinyBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The doctor before a run: three healthy stages, and the same ones with one thing wrong, on a tiny engine. */
class DoctorCommandTest {

    private static final String COMMON = """
            engine: {compute: fp32, int8_forward: false, int8_backward: false}
            lora: {r: 4, target_modules: all-linear}
            """;

    @TempDir
    private static Path folder;

    private static Path base;

    @BeforeAll
    static void write() throws IOException {
        base = TinyBase.prepare(folder);
        Path reviews = TinyBase.reviews(folder.resolve("reviews.jsonl"), 5, 24);
        Path pairs = TinyBase.pairs(folder.resolve("pairs.jsonl"), 5, 12);
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 5, 12);
        Files.writeString(folder.resolve("sft.yaml"), COMMON + """
                data: {path: "%s"}
                packing: {length: 64}
                train: {batch_size: 2, max_steps: 2}
                """.formatted(reviews));
        Files.writeString(folder.resolve("reward.yaml"), COMMON + """
                data: {path: "%s"}
                rows: {length: 128}
                train: {batch_size: 2, max_steps: 2}
                """.formatted(pairs));
        Files.writeString(folder.resolve("ppo.yaml"), COMMON + """
                data: {path: "%s"}
                reward: {model: lexicon-sentiment}
                prompts: {max_tokens: 40}
                sampling: {max_new_tokens: 6}
                ppo: {steps: 2, batch_size: 8}
                """.formatted(prompts));
    }

    private static CommandLineRun doctor(String stage, String... settings) {
        List<String> arguments = new ArrayList<>(
                List.of("doctor", folder.resolve(stage + ".yaml").toString(), "--base", base.toString()));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        return CommandLineRun.of(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "reward", "ppo"})
    void healthy_stages_are_left_alone(String stage) {
        CommandLineRun run = doctor(stage);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).doesNotContain("warn", "stop");
        assertThat(run.out()
                        .lines()
                        .filter(line -> line.startsWith(stage + ": ok    "))
                        .count())
                .isGreaterThanOrEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "sft    ; 0 ; end_tokens      ; packing.eos=false",
                "sft    ; 0 ; truncated       ; packing={mode: none, length: 12}",
                "sft    ; 0 ; learning_rate   ; optim.learning_rate=0.5",
                "sft    ; 0 ; batch_size      ; train.batch_size=1",
                "sft    ; 0 ; tokenizer       ; data.replace=[{from: '.', to: ' <s>'}]",
                "reward ; 0 ; truncated       ; rows.length=64",
                "reward ; 0 ; learning_rate   ; optim.learning_rate=1e-9",
                "ppo    ; 4 ; sampling_purity ; sampling.top_k=50",
                "ppo    ; 0 ; batch_size      ; ppo.batch_size=4",
                "ppo    ; 0 ; learning_rate   ; optim.learning_rate=0.1",
            })
    void broken_stages_are_named(String stage, int code, String rule, String setting) {
        CommandLineRun run = doctor(stage, setting);
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.out() + run.err()).contains(code == 4 ? "doctor." + rule : "warn  " + rule);
    }

    @Test
    void a_severity_of_the_file_decides() {
        CommandLineRun stop = doctor("sft", "packing.eos=false", "doctor.end_tokens=stop");
        assertThat(stop.code()).isEqualTo(4);
        assertThat(stop.out()).contains("stop  end_tokens");
        CommandLineRun off = doctor("sft", "packing.eos=false", "doctor={end_tokens: off}", "train.batch_size=2");
        assertThat(off.code()).isZero();
        assertThat(off.out()).doesNotContain("end_tokens");
        CommandLineRun unknown = doctor("sft", "doctor.end_token=stop");
        assertThat(unknown.code()).isEqualTo(3);
        assertThat(unknown.err()).contains("end_tokens");
        CommandLineRun run = CommandLineRun.of(
                "sft",
                folder.resolve("sft.yaml").toString(),
                "--base",
                base.toString(),
                "--out",
                folder.resolve("refused").toString(),
                "--set",
                "packing.eos=false",
                "--set",
                "doctor.end_tokens=stop");
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.err()).contains("doctor.end_tokens: warn");
        assertThat(folder.resolve("refused")).doesNotExist();
    }
}
