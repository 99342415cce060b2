package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs in a Java machine of their own are ended at random instants ({@link RandomEnds}), resumed until they are through, and compared
 * with one that was left alone: same adapter, same head, same metrics but for times.
 */
@EnabledOnOs(OS.LINUX)
class KilledRunTest {

    /** After the first log line of a run all of training happens within about this time. */
    private static final int MOST_MILLIS = Integer.getInteger("trefoil.kill.millis", 1500);

    @TempDir
    private static Path folder;

    private static TinyRuns runs;

    @BeforeAll
    static void write() throws IOException {
        runs = TinyRuns.in(folder);
    }

    @ParameterizedTest
    @CsvSource({"sft,KILL", "reward,KILL", "ppo,KILL", "sft,TERM", "reward,TERM", "ppo,TERM"})
    void ended_at_random_instants_it_ends_with_the_same_bytes(String stage, ChildRun.Signal signal) throws Exception {
        Path whole = runs.undisturbed(stage);
        new RandomEnds(folder, stage, signal, stage + " ", MOST_MILLIS)
                .each(
                        (out, resume) -> resume ? runs.command(stage, out, "--resume") : runs.command(stage, out),
                        out -> TinyRuns.isTheSame(out, whole));
    }

    @ParameterizedTest
    @EnumSource(ChildRun.Signal.class)
    void a_pipeline_ended_at_random_instants_ends_with_the_same_bytes(ChildRun.Signal signal) throws Exception {
        Path whole = runs.undisturbedPipeline();
        new RandomEnds(folder, "run", signal, "stage sft", 3 * MOST_MILLIS)
                .each((out, resume) -> resume ? runs.pipeline(out, "--resume") : runs.pipeline(out), out -> {
                    for (String stage : List.of("sft", "reward", "ppo")) {
                        TinyRuns.isTheSame(out.resolve(stage), whole.resolve(stage));
                    }
                    assertThat(out.resolve("report.html")).isNotEmptyFile();
                });
    }

    @Test
    void asked_to_end_it_saves_and_says_how_to_go_on() throws Exception {
        Path whole = runs.undisturbed("sft");
        Path out = folder.resolve("terminated").resolve("sft");
        try (ChildRun child = ChildRun.start(folder.resolve("terminated.log"), runs.command("sft", out))) {
            int code = child.until("sft  4/40").terminate();
            assertThat(code).as(child.messages()).isEqualTo(143);
            assertThat(child.messages()).contains("stopped as asked after step", "--resume");
        }
        CommandLineRun anew = CommandLineRun.of(runs.command("sft", out));
        assertThat(anew.code()).isEqualTo(4);
        assertThat(anew.err()).contains("interrupted run", "--resume", "--restart");
        try (ChildRun child = ChildRun.start(folder.resolve("resumed.log"), runs.command("sft", out, "--resume"))) {
            assertThat(child.end()).as(child.messages()).isZero();
            assertThat(child.messages()).contains("goes on after step");
        }
        TinyRuns.isTheSame(out, whole);
    }

    @Test
    void a_second_run_of_the_folder_is_refused() throws Exception {
        Path out = folder.resolve("twice").resolve("ppo");
        try (ChildRun first = ChildRun.start(folder.resolve("first.log"), runs.command("ppo", out))) {
            first.until("prompts: ");
            CommandLineRun second = CommandLineRun.of(runs.command("ppo", out));
            assertThat(second.code()).as(second.err()).isEqualTo(4);
            assertThat(second.err()).contains("another run", "process");
            first.kill(0);
        }
        CommandLineRun third = CommandLineRun.of(runs.command("ppo", out, "--restart", "--set", "ppo.steps=1"));
        assertThat(third.code()).as(third.err()).isZero();
    }
}
