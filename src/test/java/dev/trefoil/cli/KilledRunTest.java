package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.TinyBase;
import dev.trefoil.artifact.Artifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs in a Java machine of their own are killed at random instants, resumed until they end, and compared with one that was left
 * alone: same adapter, same head, same metrics but for times. {@code -Dtrefoil.kills=20} kills more often, {@code
 * -Dtrefoil.seed=N} at other instants.
 */
@EnabledOnOs(OS.LINUX)
class KilledRunTest {

    private static final int KILLS = Integer.getInteger("trefoil.kills", 1);
    private static final long SEED = Long.getLong("trefoil.seed", 8);

    /** After the first log line of a run all of training happens within about this time. */
    private static final int MOST_MILLIS = Integer.getInteger("trefoil.kill.millis", 1500);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String COMMON = """
            engine: {compute: fp32, int8_forward: false, int8_backward: false}
            lora: {r: 4, target_modules: all-linear, dropout: 0.1}
            """;

    private static final String SAVING = ", save_steps: 3, save_total_limit: 2}\n";

    @TempDir
    private static Path folder;

    private static Path base;

    @BeforeAll
    static void write() throws IOException {
        TinyBase.publish(folder.resolve("hf"));
        base = TinyBase.prepare(folder);
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
    }

    private static String[] command(String stage, Path out, String... more) {
        List<String> words = new ArrayList<>(List.of(
                stage, folder.resolve(stage + ".yaml").toString(), "--base", base.toString(), "--out", out.toString()));
        words.addAll(Arrays.asList(more));
        return words.toArray(String[]::new);
    }

    /** A run that nobody disturbs, in this process. */
    private static Path undisturbed(String stage) {
        Path out = folder.resolve("undisturbed").resolve(stage);
        if (!Artifact.exists(out)) {
            CommandLineRun run = CommandLineRun.of(command(stage, out));
            assertThat(run.code()).as(run.err()).isZero();
        }
        return out;
    }

    private static void isTheSame(Path resumed, Path whole) throws IOException {
        assertThat(Artifact.open(resumed).hash()).isEqualTo(Artifact.open(whole).hash());
        assertThat(metrics(resumed)).isEqualTo(metrics(whole));
        assertThat(Files.readString(resumed.resolve("doctor.jsonl")))
                .isEqualTo(Files.readString(whole.resolve("doctor.jsonl")));
        try (Stream<Path> beside = Files.list(resumed.getParent())) {
            assertThat(beside.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.contains(".partial") || name.endsWith(".work"));
        }
    }

    /** All metrics but times and speeds. */
    private static List<String> metrics(Path artifact) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(artifact.resolve("metrics.jsonl"))) {
            ObjectNode node = (ObjectNode) JSON.readTree(line);
            node.remove("tokens_per_second");
            List<String> names = new ArrayList<>();
            node.fieldNames().forEachRemaining(names::add);
            names.stream().filter(name -> name.startsWith("time/")).forEach(node::remove);
            lines.add(node.toString());
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "reward", "ppo"})
    void killed_at_random_instants_it_ends_with_the_same_bytes(String stage) throws Exception {
        Path whole = undisturbed(stage);
        Path out = folder.resolve("killed").resolve(stage);
        Random random = new Random(SEED);
        int code = -1;
        for (int kill = 0; code != 0; kill++) {
            String[] command = kill == 0 ? command(stage, out) : command(stage, out, "--resume");
            Path log = folder.resolve("killed-" + stage + "-" + kill + ".log");
            try (ChildRun child = ChildRun.start(log, command)) {
                code = kill < KILLS ? child.until(stage + " ").kill(random.nextInt(MOST_MILLIS)) : child.end();
                assertThat(code).as(child.messages()).isIn(0, 137);
            }
        }
        isTheSame(out, whole);
    }

    @Test
    void asked_to_end_it_saves_and_says_how_to_go_on() throws Exception {
        Path whole = undisturbed("sft");
        Path out = folder.resolve("terminated").resolve("sft");
        try (ChildRun child = ChildRun.start(folder.resolve("terminated.log"), command("sft", out))) {
            int code = child.until("sft  4/40").terminate();
            assertThat(code).as(child.messages()).isEqualTo(143);
            assertThat(child.messages()).contains("stopped as asked after step", "--resume");
        }
        CommandLineRun anew = CommandLineRun.of(command("sft", out));
        assertThat(anew.code()).isEqualTo(4);
        assertThat(anew.err()).contains("interrupted run", "--resume", "--restart");
        try (ChildRun child = ChildRun.start(folder.resolve("resumed.log"), command("sft", out, "--resume"))) {
            assertThat(child.end()).as(child.messages()).isZero();
            assertThat(child.messages()).contains("goes on after step");
        }
        isTheSame(out, whole);
    }

    @Test
    void a_full_disk_ends_it_in_words_and_leaves_the_last_checkpoint() throws Exception {
        Path whole = undisturbed("sft");
        Path out = folder.resolve("full").resolve("sft");
        String[] command = command("sft", out, "--set", "train.max_steps=40");
        try (ChildRun first = ChildRun.start(folder.resolve("before-full.log"), command)) {
            first.until("sft  8/40").terminate();
        }
        // A limit on the size of files stands for the disk: adapter and checkpoints are larger, metrics are not.
        List<String> limit = List.of("bash", "-c", "ulimit -f 16; exec \"$@\"", "bash");
        try (ChildRun full = ChildRun.start(limit, folder.resolve("full.log"), command("sft", out, "--resume"))) {
            assertThat(full.end()).as(full.messages()).isEqualTo(1);
            assertThat(full.messages())
                    .contains("the checkpoint cannot be written", "--resume")
                    .doesNotContain("\tat ");
        }
        try (ChildRun child = ChildRun.start(folder.resolve("after-full.log"), command("sft", out, "--resume"))) {
            assertThat(child.end()).as(child.messages()).isZero();
        }
        isTheSame(out, whole);
    }

    @Test
    void a_second_run_of_the_folder_is_refused() throws Exception {
        Path out = folder.resolve("twice").resolve("ppo");
        try (ChildRun first = ChildRun.start(folder.resolve("first.log"), command("ppo", out))) {
            first.until("prompts: ");
            CommandLineRun second = CommandLineRun.of(command("ppo", out));
            assertThat(second.code()).as(second.err()).isEqualTo(4);
            assertThat(second.err()).contains("another run", "process");
            first.kill(0);
        }
        CommandLineRun third = CommandLineRun.of(command("ppo", out, "--restart", "--set", "ppo.steps=1"));
        assertThat(third.code()).as(third.err()).isZero();
    }
}
