package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What a person sees of the program before anything runs. */
class UsageTest {

    @TempDir
    private Path folder;

    /** Every command and the commands below it, as words. */
    static Stream<List<String>> commands() {
        List<List<String>> found = new ArrayList<>();
        collect(List.of(), Trefoil.commandLine(), found);
        return found.stream();
    }

    private static void collect(List<String> path, CommandLine line, List<List<String>> found) {
        found.add(path);
        for (Map.Entry<String, CommandLine> entry : line.getSubcommands().entrySet()) {
            List<String> longer = new ArrayList<>(path);
            longer.add(entry.getKey());
            collect(longer, entry.getValue(), found);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_explains_itself_with_an_example_and_exit_codes(List<String> command) {
        List<String> arguments = new ArrayList<>(command);
        arguments.add("--help");
        CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .startsWith("Usage: trefoil" + (command.isEmpty() ? "" : " " + String.join(" ", command)))
                .containsPattern("Examples?:\\R  trefoil ")
                .contains("Exit codes:")
                .containsPattern("3 +a configuration, data or model file is wrong");
    }

    @Test
    void the_help_lists_the_commands_in_the_order_of_their_use() {
        String help = CommandLineRun.of("--help").out();
        List<String> listed = help.lines()
                .filter(line -> line.matches("  [a-z]+ +[A-Z].*"))
                .map(line -> line.strip().split(" ")[0])
                .toList();
        assertThat(listed)
                .containsSubsequence(
                        "run",
                        "sft",
                        "reward",
                        "ppo",
                        "pretrain",
                        "prepare",
                        "plan",
                        "generate",
                        "score",
                        "eval",
                        "inspect",
                        "config",
                        "metrics",
                        "data",
                        "version");
    }

    @Test
    void a_mistyped_command_is_answered_with_the_nearest() {
        CommandLineRun run = CommandLineRun.of("inspekt", "x");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("inspekt", "inspect");
    }

    @Test
    void no_command_and_a_mistyped_option_are_usage_errors() {
        assertThat(CommandLineRun.of().code()).isEqualTo(2);
        CommandLineRun option = CommandLineRun.of("sft", "x.yaml", "--bse", "b");
        assertThat(option.code()).isEqualTo(2);
        assertThat(option.err()).contains("--bse", "try: trefoil sft --help").doesNotContain("\tat ");
        assertThat(CommandLineRun.of("prepare", "here").err()).contains("--out");
    }

    @Test
    void a_missing_file_is_named_with_the_nearest_that_exists() throws Exception {
        Path recipes = Files.createDirectories(folder.resolve("pipelines/quickstart"));
        Files.writeString(recipes.resolve("pipeline.yaml"), "x: 1\n");
        CommandLineRun folderTypo = CommandLineRun.of(
                "run", folder.resolve("pipelines/quickstrat/pipeline.yaml").toString());
        assertThat(folderTypo.code()).isEqualTo(3);
        assertThat(folderTypo.err()).contains("quickstrat", "did you mean", "pipelines/quickstart");
        CommandLineRun fileTypo =
                CommandLineRun.of("run", recipes.resolve("pipline.yaml").toString());
        assertThat(fileTypo.err()).contains("did you mean", "pipeline.yaml");
        CommandLineRun given = CommandLineRun.of("run", recipes.toString());
        assertThat(given.err()).contains("is a folder", "holds pipeline.yaml");
    }

    @Test
    void metrics_are_explained() {
        assertThat(CommandLineRun.of("metrics", "objective/kl").out()).startsWith("objective/kl [");
        assertThat(CommandLineRun.of("metrics", "--json").out().lines()).allMatch(line -> line.startsWith("{"));
        CommandLineRun unknown = CommandLineRun.of("metrics", "objective/kll");
        assertThat(unknown.code()).isEqualTo(3);
        assertThat(unknown.err()).contains("did you mean objective/kl");
    }

    @Test
    void keys_are_explained() {
        for (String kind : List.of("pipeline", "sft", "reward", "ppo", "pretrain", "bench")) {
            assertThat(CommandLineRun.of("config", "explain", kind).code())
                    .as(kind)
                    .isZero();
        }
        assertThat(CommandLineRun.of("config", "explain", "ppo", "ppo.kl").out())
                .contains("ppo.kl.target")
                .doesNotContain("ppo.steps");
        assertThat(CommandLineRun.of("config", "explain", "ppo", "ppo.kll").code())
                .isEqualTo(3);
        assertThat(CommandLineRun.of("config", "explain", "dpo").code()).isEqualTo(2);
    }

    @Test
    void version_names_the_formats() {
        assertThat(CommandLineRun.of("version").out()).contains("trefoil ", "artifact format", "Java ");
        assertThat(Arrays.asList(CommandLineRun.of("--version").out().split("\n"))
                        .get(0))
                .startsWith("trefoil ");
    }

    @Test
    void reviews_are_written() {
        Path out = folder.resolve("data");
        assertThat(CommandLineRun.of("data", "reviews", "--out", out.toString()).code())
                .isZero();
        assertThat(out.resolve("pairs-heldout.jsonl")).exists();
    }

    @Test
    void golden_cases_are_checked() {
        CommandLineRun passed = CommandLineRun.of("verify", "--brief", "src/test/resources/golden/ppo_controllers");
        assertThat(passed.code()).as(passed.out() + passed.err()).isZero();
        assertThat(passed.out()).contains("ppo_controllers: passed", "1 case: 1 passed");
        assertThat(CommandLineRun.of("verify", folder.toString()).code()).isEqualTo(3);
    }
}
