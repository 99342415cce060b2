package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.TinyBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Three stages in order on a tiny base, run again, changed, and used. The tests build on each other. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PipelineCommandTest {

    private static final String ENGINE = "engine: {compute: fp32, int8_forward: false, int8_backward: false}\n";

    @TempDir
    private static Path folder;

    private static Path pipeline;
    private static Path base;
    private static Path run;

    @BeforeAll
    static void write() throws IOException {
        TinyBase.publish(folder.resolve("hf"));
        base = folder.resolve("base");
        run = folder.resolve("run");
        Path reviews = TinyBase.reviews(folder.resolve("reviews.jsonl"), 5, 24);
        Path pairs = TinyBase.pairs(folder.resolve("pairs.jsonl"), 5, 12);
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 5, 12);
        String lora = "lora: {r: 4, target_modules: all-linear}\n";
        Files.writeString(
                folder.resolve("sft.yaml"),
                ENGINE + lora + "data: {path: \"" + reviews + "\"}\npacking: {length: 32}\neval: {samples: 0}\n"
                        + "train: {max_steps: 2, batch_size: 2}\n");
        Files.writeString(
                folder.resolve("reward.yaml"),
                ENGINE + lora + "data: {path: \"" + pairs + "\"}\nrows: {length: 64}\ntrain: {max_steps: 2}\n");
        Files.writeString(
                folder.resolve("ppo.yaml"),
                ENGINE + lora + "sft: stage:sft\nreward: {model: \"stage:reward\"}\ndata: {path: \"" + prompts + "\"}\n"
                        + "prompts: {max_tokens: 40}\nsampling: {max_new_tokens: 6}\nppo: {steps: 2, batch_size: 4}\n");
        pipeline = folder.resolve("pipeline.yaml");
        Files.writeString(pipeline, """
                base: "%s"
                prepare: {source: "%s", precision: fp32}
                seed: 3
                out: "%s"
                stages:
                  - {stage: sft, config: sft.yaml}
                  - {stage: reward, config: reward.yaml}
                  - {stage: ppo, config: ppo.yaml, set: {ppo.samples_every: 1}}
                scales:
                  one: {sft: {train.max_steps: 1}}
                """.formatted(base, folder.resolve("hf"), run));
    }

    private static CommandLineRun run(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "run";
        all[1] = pipeline.toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return CommandLineRun.of(all);
    }

    @Test
    @Order(1)
    void makes_the_base_and_all_artifacts() {
        CommandLineRun first = run();
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(base.resolve("base.json")).exists();
        for (String stage : List.of("sft", "reward", "ppo")) {
            assertThat(run.resolve(stage).resolve("manifest.json")).exists();
            assertThat(run.resolve(stage + ".work")).doesNotExist();
        }
        assertThat(first.out()).contains("sft, ", "reward, ", "ppo, ", "memory", "in all");
        assertThat(run.resolve("report.html")).content().contains("scripts/trefoil run ", "Reward model", " MiB");
        assertThat(run.resolve("ppo/report.html")).content().contains("KL");
    }

    @Test
    @Order(2)
    void a_second_run_skips_what_is_finished() throws IOException {
        var before = Files.getLastModifiedTime(run.resolve("sft/manifest.json"));
        CommandLineRun second = run("--json");
        assertThat(second.code()).as(second.err()).isZero();
        assertThat(second.out().split("\"skipped\":true", -1)).hasSize(4);
        assertThat(Files.getLastModifiedTime(run.resolve("sft/manifest.json"))).isEqualTo(before);
    }

    @Test
    @Order(3)
    void a_change_is_explained_and_refused() {
        CommandLineRun changed = run("--set", "reward.optim.learning_rate=1e-3");
        assertThat(changed.code()).isEqualTo(5);
        assertThat(changed.err())
                .contains("stage reward is finished", "optim.learning_rate (2.0e-4 then, 0.001 now)", "--from reward");
    }

    @Test
    @Order(4)
    void from_runs_a_stage_and_those_after_it_again() {
        CommandLineRun again = run("--set", "reward.optim.learning_rate=1e-3", "--from", "reward", "--json");
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.out())
                .containsPattern("\"sft\",\"skipped\":true.*\"reward\",\"skipped\":false.*\"ppo\",\"skipped\":false");
    }

    @Test
    @Order(4)
    void reports_of_one_run_and_of_two_stages() throws IOException {
        CommandLineRun one = CommandLineRun.of("report", run.toString());
        assertThat(one.code()).as(one.err()).isZero();
        assertThat(one.out().strip()).isEqualTo(run.resolve("report.html").toString());
        Path page = folder.resolve("compare.html");
        CommandLineRun two =
                CommandLineRun.of("report", run.toString(), run.resolve("sft").toString(), "--out", page.toString());
        assertThat(two.code()).as(two.err()).isZero();
        assertThat(page).content().contains("run, run/sft", "Supervised fine-tune");
        CommandLineRun none = CommandLineRun.of("report", folder.resolve("hf").toString());
        assertThat(none.code()).isEqualTo(3);
        assertThat(none.err()).contains("found no stage");
    }

    @Test
    @Order(5)
    void adapters_stack_in_the_order_of_training() {
        Path ppo = run.resolve("ppo");
        CommandLineRun alone = CommandLineRun.of(
                "generate", "--base", base.toString(), "--adapter", ppo.toString(), "--prompt", "The film");
        assertThat(alone.code()).isEqualTo(5);
        assertThat(alone.err()).contains("trained over the sft artifact", "--adapter " + run.resolve("sft"));
        CommandLineRun both = CommandLineRun.of(
                "generate",
                "--base",
                base.toString(),
                "--adapter",
                run.resolve("sft").toString(),
                "--adapter",
                ppo.toString(),
                "--prompt",
                "The film",
                "--max-new-tokens",
                "4",
                "--json");
        assertThat(both.code()).as(both.err()).isZero();
        assertThat(both.out()).contains("\"prompt\":\"The film\"", "\"response\":");
    }

    @Test
    @Order(6)
    void a_learned_reward_scores_and_is_evaluated() {
        String reward = run.resolve("reward").toString();
        String pairs = folder.resolve("pairs.jsonl").toString();
        CommandLineRun without = CommandLineRun.of(
                "score",
                "--reward",
                reward,
                "--input",
                folder.resolve("reviews.jsonl").toString());
        assertThat(without.code()).isEqualTo(2);
        assertThat(without.err()).contains("--base");
        String[] exact = {
            "--base", base.toString(), "--engine", "compute=fp32", "--engine", "int8_forward=false", "--reward", reward
        };
        CommandLineRun columns = CommandLineRun.of(with(exact, "score", "--input", pairs));
        assertThat(columns.code()).isEqualTo(3);
        assertThat(columns.err()).contains("chosen", "response");
        CommandLineRun scores = CommandLineRun.of(
                with(exact, "score", "--input", folder.resolve("reviews.jsonl").toString()));
        assertThat(scores.code()).as(scores.err()).isZero();
        assertThat(scores.out().lines()).hasSize(24).allSatisfy(line -> Double.parseDouble(line));
        CommandLineRun evaluation = CommandLineRun.of(with(exact, "eval reward", "--data", pairs, "--json"));
        assertThat(evaluation.code()).as(evaluation.err()).isZero();
        assertThat(evaluation.out()).contains("accuracy");
    }

    private static String[] with(String[] options, String command, String... more) {
        String[] words = command.split(" ");
        String[] all = new String[words.length + options.length + more.length];
        System.arraycopy(words, 0, all, 0, words.length);
        System.arraycopy(options, 0, all, words.length, options.length);
        System.arraycopy(more, 0, all, words.length + options.length, more.length);
        return all;
    }

    @Test
    @Order(7)
    void perplexity_of_a_data_file() {
        CommandLineRun run = CommandLineRun.of(
                "eval",
                "perplexity",
                "--base",
                base.toString(),
                "--data",
                folder.resolve("reviews.jsonl").toString(),
                "--set",
                "packing.length=32",
                "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("perplexity");
    }

    @Test
    @Order(8)
    void everything_can_be_inspected() {
        assertThat(CommandLineRun.of("inspect", base.toString(), "--check").out())
                .contains("base store", "all weights have their hashes");
        assertThat(CommandLineRun.of("inspect", run.resolve("ppo").toString()).out())
                .contains("artifact of the ppo stage", "q_proj");
        assertThat(CommandLineRun.of("inspect", run.resolve("sft/adapter").toString())
                        .out())
                .contains("PEFT adapter");
        assertThat(CommandLineRun.of("inspect", folder.resolve("pairs.jsonl").toString())
                        .out())
                .contains("12", "preference")
                .doesNotContain("labelled");
        assertThat(CommandLineRun.of("inspect", folder.resolve("hf").toString()).code())
                .isEqualTo(3);
    }

    @Test
    @Order(9)
    void memory_is_planned_and_judged() {
        CommandLineRun plan = CommandLineRun.of("plan", pipeline.toString(), "--memory", "64GiB");
        assertThat(plan.code()).as(plan.err()).isZero();
        assertThat(plan.out()).contains("sft, MiB", "reward, MiB", "ppo, MiB", "key-value cache", "fits in 64.00 GiB");
        CommandLineRun small = CommandLineRun.of("plan", pipeline.toString(), "--memory", "1MiB");
        assertThat(small.code()).isEqualTo(4);
        assertThat(small.out()).contains("does not fit");
        assertThat(CommandLineRun.of("plan", folder.resolve("sft.yaml").toString())
                        .code())
                .isEqualTo(3);
    }

    @Test
    @Order(10)
    void changed_data_is_noticed() throws IOException {
        Files.writeString(folder.resolve("reviews.jsonl"), "{\"text\": \"One more.\"}\n", StandardOpenOption.APPEND);
        CommandLineRun changed = run("--set", "reward.optim.learning_rate=1e-3");
        assertThat(changed.code()).isEqualTo(5);
        assertThat(changed.err()).contains("stage sft", "the data file", "reviews.jsonl");
    }
}
