package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.TinyBase;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.stage.ppo.RolloutLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Short runs of the three stages over a tiny base, with checkpoints every third step, for tests that disturb them.
 *
 * @param folder with the files of the stages and of a pipeline
 * @param base of the stages
 */
record TinyRuns(Path folder, Path base) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String COMMON = """
            engine: {compute: fp32, int8_forward: false, int8_backward: false}
            lora: {r: 4, target_modules: all-linear, dropout: 0.1}
            """;

    private static final String SAVING = ", save_steps: 3, save_total_limit: 2}\n";

    static TinyRuns in(Path folder) throws IOException {
        TinyBase.publish(folder.resolve("hf"));
        Path reviews = TinyBase.reviews(folder.resolve("reviews.jsonl"), 5, 40);
        Path pairs = TinyBase.pairs(folder.resolve("pairs.jsonl"), 5, 24);
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 5, 24);
        Files.writeString(
                folder.resolve("sft.yaml"),
                COMMON + "data: {path: \"" + reviews + "\"}\neval: {samples: 1, data: {path: \"" + reviews
                        + "\", limit: 4}}\npacking: {length: 48}\noptim: {optimizer: adamw-8bit}\n"
                        + "train: {max_steps: 40, batch_size: 2, logging_steps: 2, eval_steps: 5" + SAVING);
        Files.writeString(
                folder.resolve("reward.yaml"),
                COMMON + "data: {path: \"" + pairs + "\"}\neval: {data: {path: \"" + pairs + "\", limit: 4}}\n"
                        + "rows: {length: 64}\ntrain: {max_steps: 40, batch_size: 2, logging_steps: 2, eval_steps: 5"
                        + SAVING);
        Files.writeString(
                folder.resolve("ppo.yaml"),
                COMMON + "data: {path: \"" + prompts + "\"}\nreward: {model: lexicon-sentiment}\n"
                        + "prompts: {max_tokens: 40}\nsampling: {max_new_tokens: 8}\n"
                        + "ppo: {steps: 24, batch_size: 8, mini_batch_size: 4, samples_every: 4" + SAVING);
        Files.writeString(folder.resolve("pipeline.yaml"), """
                base: unused
                prepare: {source: "%s", precision: fp32}
                out: unused
                stages:
                  - {stage: sft, config: sft.yaml}
                  - {stage: reward, config: reward.yaml}
                  - {stage: ppo, config: ppo.yaml, set: {sft: "stage:sft", reward.model: "stage:reward"}}
                """.formatted(folder.resolve("hf")));
        return new TinyRuns(folder, TinyBase.prepare(folder));
    }

    /** The words of a stage. */
    String[] command(String stage, Path out, String... more) {
        List<String> words = new ArrayList<>(List.of(
                stage, folder.resolve(stage + ".yaml").toString(), "--base", base.toString(), "--out", out.toString()));
        words.addAll(Arrays.asList(more));
        return words.toArray(String[]::new);
    }

    /** A run that nobody disturbs, in this process. */
    Path undisturbed(String stage) {
        Path out = folder.resolve("undisturbed").resolve(stage);
        if (!Artifact.exists(out)) {
            CommandLineRun run = CommandLineRun.of(command(stage, out));
            assertThat(run.code()).as(run.err()).isZero();
        }
        return out;
    }

    /** The three stages as one run that nobody disturbs. */
    Path undisturbedPipeline() {
        Path out = folder.resolve("undisturbed/run");
        if (!Artifact.exists(out.resolve("ppo"))) {
            CommandLineRun run = CommandLineRun.of(pipeline(out));
            assertThat(run.code()).as(run.err()).isZero();
        }
        return out;
    }

    /** Prepares a base of its own and runs the three stages over it. */
    String[] pipeline(Path out, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "run",
                folder.resolve("pipeline.yaml").toString(),
                "--out",
                out.toString(),
                "--set",
                "base=" + out.resolveSibling("base")));
        words.addAll(Arrays.asList(more));
        return words.toArray(String[]::new);
    }

    /** Same artifact, same metrics but for times, same findings of the doctor, same responses, nothing left lying about. */
    static void isTheSame(Path resumed, Path whole) throws IOException {
        assertThat(Artifact.open(resumed).hash()).isEqualTo(Artifact.open(whole).hash());
        assertThat(metrics(resumed)).isEqualTo(metrics(whole));
        assertThat(Files.readString(resumed.resolve("doctor.jsonl")))
                .isEqualTo(Files.readString(whole.resolve("doctor.jsonl")));
        if (Files.exists(whole.resolve(RolloutLog.NAME))) {
            assertThat(RolloutLog.read(resumed)).isEqualTo(RolloutLog.read(whole));
        }
        try (Stream<Path> beside = Files.list(resumed.getParent())) {
            assertThat(beside.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.contains(".partial") || name.endsWith(".work"));
        }
        assertThat(resumed.resolve("report.html")).isNotEmptyFile();
        assertThat(resumed.resolve("run.json")).isNotEmptyFile();
    }

    /** All metrics but times, speeds and memory. */
    private static List<String> metrics(Path artifact) throws IOException {
        List<String> lines = new ArrayList<>();
        Predicate<String> measured = name -> name.startsWith("time/") || name.startsWith("memory/");
        for (String line : Files.readAllLines(artifact.resolve("metrics.jsonl"))) {
            ObjectNode node = (ObjectNode) JSON.readTree(line);
            node.remove("tokens_per_second");
            List<String> names = new ArrayList<>();
            node.fieldNames().forEachRemaining(names::add);
            names.stream().filter(measured).forEach(node::remove);
            lines.add(node.toString());
        }
        return lines;
    }
}
