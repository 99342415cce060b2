package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.TinyBase;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of bad input: one message that says where and what, the right exit code, and no stack trace. */
class BadInputTest {

    @TempDir
    private static Path shared;

    private static Path base;
    private static Path published;
    private static Path reviews;
    private static Path sft;

    @TempDir
    private Path folder;

    private Path stageFile;

    @BeforeAll
    static void prepare() throws IOException {
        base = TinyBase.prepare(shared);
        published = shared.resolve("hf-FP32");
        reviews = TinyBase.reviews(shared.resolve("reviews.jsonl"), 5, 24);
        Path file = shared.resolve("sft.yaml");
        Files.writeString(file, stage(reviews));
        sft = shared.resolve("run/sft");
        CommandLineRun run =
                CommandLineRun.of("sft", file.toString(), "--base", base.toString(), "--out", sft.toString());
        assertThat(run.code()).as(run.err()).isZero();
    }

    private static String stage(Path data) {
        return """
                engine: {compute: fp32, int8_forward: false, int8_backward: false}
                data: {path: "%s"}
                packing: {length: 32}
                lora: {r: 4, target_modules: all-linear}
                eval: {samples: 0}
                train: {max_steps: 1, batch_size: 2}
                """.formatted(data);
    }

    @BeforeEach
    void write() throws IOException {
        stageFile = folder.resolve("sft.yaml");
        Files.writeString(stageFile, stage(reviews));
    }

    private CommandLineRun train(String... settings) {
        return CommandLineRun.of(Stream.concat(
                        Stream.of(
                                "sft",
                                stageFile.toString(),
                                "--base",
                                base.toString(),
                                "--out",
                                folder.resolve("o").toString()),
                        Stream.of(settings).flatMap(setting -> Stream.of("--set", setting)))
                .toArray(String[]::new));
    }

    private static void refused(CommandLineRun run, int code, String... wanted) {
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.err())
                .startsWith("trefoil ")
                .contains(wanted)
                .doesNotContain("\tat ", "Exception", "unexpected");
        assertThat(run.err().lines().filter(line -> line.startsWith("trefoil ")).count())
                .isEqualTo(1);
    }

    private Path data(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : walk.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static Path safetensors(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(".safetensors"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void truncate(Path file) throws IOException {
        file.toFile().setWritable(true);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(bytes.length() / 2);
        }
    }

    @Test
    void missing_column() throws IOException {
        Path wrong = data("wrong.jsonl", "{\"review\": \"A fine film.\"}\n");
        refused(train("data.path=" + wrong), 3, "wrong.jsonl", "review", "text");
    }

    @Test
    void mapped_column_that_is_not_there() {
        refused(train("data.columns={text: body}"), 3, "reviews.jsonl", "body", "label");
    }

    @Test
    void empty_file() throws IOException {
        refused(train("data.path=" + data("empty.jsonl", "")), 3, "empty.jsonl", "empty");
    }

    @Test
    void broken_row() throws IOException {
        refused(
                train("data.path=" + data("broken.jsonl", "{\"text\": \"fine\"}\n{\"text\": \n")),
                3,
                "broken.jsonl",
                "2");
    }

    @Test
    void missing_data_file() {
        refused(train("data.path=" + folder.resolve("none.jsonl")), 3, "none.jsonl", "no such file");
    }

    @Test
    void unknown_key() throws IOException {
        Files.writeString(stageFile, stage(reviews).replace("batch_size", "batch_sise"));
        refused(train(), 3, "sft.yaml:6", "batch_sise", "batch_size");
    }

    @Test
    void value_out_of_range() {
        refused(train("lora.dropout=1.5"), 3, "lora.dropout", "1.5");
        refused(train("train.batch_size=0"), 3, "train.batch_size", "0");
        refused(train("engine.compute=fp64"), 3, "engine.compute", "fp64", "bf16");
    }

    @Test
    void several_faults_at_once() {
        CommandLineRun run = train("lora.r=0", "train.batch_size=0", "optim.schedul=linear");
        refused(run, 3, "lora.r", "train.batch_size", "optim.schedul");
    }

    @Test
    void targets_that_match_nothing() {
        refused(train("lora.target_modules=[q_prj]"), 3, "q_prj", "q_proj");
    }

    @Test
    void no_base_store() {
        CommandLineRun absent = CommandLineRun.of("sft", stageFile.toString());
        refused(absent, 3, "base", "--base");
        refused(
                CommandLineRun.of("sft", stageFile.toString(), "--base", published.toString()),
                3,
                "base.json",
                "prepare");
    }

    @Test
    void truncated_source() throws IOException {
        Path broken = folder.resolve("hf");
        copy(published, broken);
        truncate(broken.resolve("model.safetensors"));
        refused(
                CommandLineRun.of(
                        "prepare",
                        broken.toString(),
                        "--out",
                        folder.resolve("b").toString()),
                3,
                "model.safetensors");
    }

    @Test
    void source_that_is_no_safetensors_file() throws IOException {
        Path broken = folder.resolve("hf");
        copy(published, broken);
        Files.writeString(broken.resolve("model.safetensors"), "these are not the weights you are looking for");
        refused(
                CommandLineRun.of(
                        "prepare",
                        broken.toString(),
                        "--out",
                        folder.resolve("b").toString()),
                3,
                "model.safetensors");
        refused(CommandLineRun.of("inspect", broken.resolve("model.safetensors").toString()), 3, "model.safetensors");
    }

    @Test
    void truncated_base_store() throws IOException {
        Path broken = folder.resolve("base");
        copy(base, broken);
        Path weights = safetensors(broken);
        truncate(weights);
        refused(
                CommandLineRun.of("sft", stageFile.toString(), "--base", broken.toString(), "--out", "unused"),
                3,
                weights.getFileName().toString(),
                "bytes");
    }

    @Test
    void adapter_of_another_base() throws IOException {
        Path other = TinyBase.prepare(folder, Precision.INT8);
        refused(
                CommandLineRun.of(
                        "generate", "--base", other.toString(), "--adapter", sft.toString(), "--prompt", "The film"),
                5,
                "trained with base",
                other.toString());
    }

    @Test
    void another_tokenizer() throws IOException {
        Path other = folder.resolve("base");
        copy(base, other);
        Path tokenizer = other.resolve("tokenizer.json");
        tokenizer.toFile().setWritable(true);
        Files.writeString(tokenizer, Files.readString(tokenizer) + "\n");
        Path ppo = folder.resolve("ppo.yaml");
        Files.writeString(ppo, """
                engine: {compute: fp32, int8_forward: false, int8_backward: false}
                sft: "%s"
                data: {path: "%s", columns: {prompt: text}}
                prompts: {take: beginning, min_tokens: 4, max_tokens: 4}
                reward: {model: lexicon-sentiment}
                ppo: {steps: 1, batch_size: 4}
                """.formatted(sft, reviews));
        refused(
                CommandLineRun.of(
                        "ppo",
                        ppo.toString(),
                        "--base",
                        other.toString(),
                        "--out",
                        folder.resolve("o").toString()),
                5,
                "tokenizer");
    }

    @Test
    void damaged_artifact() throws IOException {
        Path damaged = folder.resolve("sft");
        copy(sft, damaged);
        truncate(damaged.resolve("adapter/adapter_model.safetensors"));
        refused(
                CommandLineRun.of(
                        "generate", "--base", base.toString(), "--adapter", damaged.toString(), "--prompt", "The film"),
                5,
                "damaged",
                "adapter_model.safetensors");
    }

    @Test
    void pipeline_with_a_typo() throws IOException {
        Path pipeline = folder.resolve("pipeline.yaml");
        Files.writeString(pipeline, """
                base: "%s"
                out: "%s"
                stages:
                  - {stage: stf, config: sft.yaml}
                """.formatted(base, folder.resolve("run")));
        refused(CommandLineRun.of("run", pipeline.toString()), 3, "pipeline.yaml:4", "stf", "sft");
    }

    @Test
    void pipeline_whose_stage_file_is_wrong() throws IOException {
        Path pipeline = folder.resolve("pipeline.yaml");
        Files.writeString(stageFile, stage(reviews).replace("lora:", "loar:"));
        Files.writeString(pipeline, """
                base: "%s"
                out: "%s"
                stages:
                  - {stage: sft, config: sft.yaml}
                """.formatted(base, folder.resolve("run")));
        refused(CommandLineRun.of("run", pipeline.toString()), 3, "sft.yaml:4", "loar", "lora");
        refused(CommandLineRun.of("run", pipeline.toString(), "--scale", "huge"), 2, "huge");
    }

    @Test
    void unknown_reward_model() {
        refused(
                CommandLineRun.of("score", "--reward", "lexicon-sentimant", "--input", reviews.toString()),
                3,
                "lexicon-sentimant",
                "lexicon-sentiment");
    }

    @Test
    void no_prompt() {
        assertThat(CommandLineRun.of("generate", "--base", base.toString()).code())
                .isEqualTo(2);
    }

    @Test
    void sampling_out_of_range() {
        refused(
                CommandLineRun.of("generate", "--base", base.toString(), "--prompt", "The", "--temperature", "0"),
                3,
                "temperature");
    }
}
