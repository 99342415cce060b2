package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.TinyBase;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.builtin.GoldenScores;
import dev.trefoil.reward.builtin.RewardModels;
import dev.trefoil.reward.builtin.RewardTemplate;
import dev.trefoil.stage.ppo.PpoConfig;
import dev.trefoil.stage.ppo.PpoOptions;
import dev.trefoil.stage.ppo.PpoPreset;
import dev.trefoil.stage.ppo.PpoSampling;
import dev.trefoil.stage.ppo.PpoStage;
import dev.trefoil.stage.ppo.RewardChoice;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands around reward models: templates, golden scores, replay, best of n. */
class RewardCommandsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private static void assumePython() {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "python3")));
        assumeTrue(found, "python3 is not on the PATH");
    }

    @ParameterizedTest
    @EnumSource(
            value = RewardTemplate.class,
            names = {"JAVA", "PROCESS"})
    void a_template_works_as_it_is_written_and_a_change_shows(RewardTemplate kind) throws IOException {
        assumePython();
        CommandLineRun made = CommandLineRun.of(
                "new", "reward", "mine", "--kind", kind.name().toLowerCase(Locale.ROOT), "--in", folder.toString());
        assertThat(made.code()).as(made.err()).isZero();
        Path mine = folder.resolve("mine");
        assertThat(Files.readString(mine.resolve("README.md")))
                .startsWith("# mine")
                .contains("--reward " + mine)
                .doesNotContain("@");
        CommandLineRun checked = CommandLineRun.of("score", "--reward", mine.toString(), "--check");
        assertThat(checked.code()).as(checked.err()).isZero();
        assertThat(checked.out()).contains("8 of 8 golden scores");

        Path golden = mine.resolve("golden.jsonl");
        Files.writeString(golden, Files.readString(golden).replaceFirst("\"score\": [0-9.]+", "\"score\": 7"));
        CommandLineRun changed = CommandLineRun.of("score", "--reward", mine.toString(), "--check");
        assertThat(changed.code()).isEqualTo(ExitCode.FAILED.value());
        assertThat(changed.out()).contains("text 1: wanted 7.0", "7 of 8");
        assertThat(CommandLineRun.of("score", "--reward", mine.toString(), "--check", "--update")
                        .code())
                .isZero();
        assertThat(CommandLineRun.of("score", "--reward", mine.toString(), "--check", "--json")
                        .out())
                .contains("\"passes\":true");
    }

    @Test
    void a_template_does_not_write_over_a_folder_and_wants_a_plain_name() throws IOException {
        Files.createDirectories(folder.resolve("there"));
        CommandLineRun there = CommandLineRun.of("new", "reward", "there", "--kind", "http", "--in", folder.toString());
        assertThat(there.code()).isEqualTo(ExitCode.CONFIG_OR_DATA.value());
        assertThat(there.err()).contains("is there already");
        CommandLineRun odd = CommandLineRun.of("new", "reward", "../x", "--kind", "http", "--in", folder.toString());
        assertThat(odd.code()).isEqualTo(ExitCode.USAGE.value());
        CommandLineRun nothing = CommandLineRun.of("score", "--reward", "lexicon-sentiment");
        assertThat(nothing.code()).isEqualTo(ExitCode.USAGE.value());
        assertThat(nothing.err()).contains("either --input FILE or --check");
    }

    @Test
    void the_template_of_a_service_answers() throws Exception {
        assumePython();
        Path mine = RewardTemplate.HTTP.write("mine", folder);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process server = new ProcessBuilder("python3", mine.resolve("server.py").toString(), Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (RewardModel model =
                RewardModels.in(folder).open(mine.toString(), Map.of("url", "http://127.0.0.1:" + port + "/score"))) {
            awaitPort(port);
            assertThat(GoldenScores.read(mine.resolve("golden.jsonl")).largestError(model))
                    .isLessThan(1e-9);
        } finally {
            server.destroyForcibly();
        }
    }

    private static void awaitPort(int port) throws InterruptedException {
        for (int attempt = 0; attempt < 200; attempt++) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException notYet) {
                Thread.sleep(50);
            }
        }
    }

    @Test
    void the_example_server_gives_the_golden_scores_of_both_models_that_use_it() throws Exception {
        assumePython();
        Process server = new ProcessBuilder("python3", "scripts/reward-server", "0")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            String address = out.readLine().replaceFirst("listening on ", "");
            for (Map.Entry<String, String> model : Map.of("http-example", "/score", "llm-judge", "/v1/chat/completions")
                    .entrySet()) {
                Path golden = Path.of("reward-models", model.getKey(), "golden.jsonl");
                try (RewardModel opened = RewardModels.in(Path.of("reward-models"))
                        .open(model.getKey(), Map.of("url", address + model.getValue()))) {
                    assertThat(GoldenScores.read(golden).largestError(opened))
                            .as(model.getKey())
                            .isLessThan(1e-9);
                }
            }
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void a_run_is_replayed_and_best_of_n_is_measured() throws IOException {
        Path base = TinyBase.prepare(folder);
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 3, 6);
        Path rule = Files.createDirectories(folder.resolve("rule"));
        Files.writeString(rule.resolve("reward.yaml"), "kind: rule\nrules: [{pattern: '[a-z]', most: 1000}]\n");
        Path opposite = Files.createDirectories(folder.resolve("opposite"));
        Files.writeString(
                opposite.resolve("reward.yaml"), "kind: rule\nrules: [{pattern: '[a-z]', most: 1000, score: -2}]\n");
        train(base, prompts, rule);

        CommandLineRun replayed = CommandLineRun.of(
                "replay", folder.resolve("runs/r").toString(), "--reward", opposite.toString(), "--json");
        assertThat(replayed.code()).as(replayed.err()).isZero();
        JsonNode found = JSON.readTree(replayed.out());
        assertThat(found.get("texts").asInt()).isEqualTo(8);
        assertThat(found.get("spearman").asDouble()).isCloseTo(-1, within(1e-9));
        assertThat(found.get("kendall").asDouble()).isCloseTo(-1, within(1e-9));
        JsonNode most = found.get("largest_disagreements").get(0);
        assertThat(most.get("score_now").asDouble())
                .isEqualTo(-2 * most.get("score_run").asDouble());
        CommandLineRun text = CommandLineRun.of(
                "replay", folder.resolve("runs/r/ppo").toString(), "--reward", opposite.toString(), "--show", "1");
        assertThat(text.out()).contains("Spearman's rho", "step ", "|");

        List<String> best = CommandLineRun.of(
                        "eval",
                        "best-of-n",
                        "--base",
                        base.toString(),
                        "--reward",
                        rule.toString(),
                        "--prompts",
                        prompts.toString(),
                        "--n",
                        "1,2,4",
                        "--set",
                        "sampling.max_new_tokens=4",
                        "--json")
                .out()
                .lines()
                .toList();
        assertThat(best).hasSize(3);
        assertThat(JSON.readTree(best.get(0)).get("kl_bound").asDouble()).isZero();
        assertThat(JSON.readTree(best.get(2)).get("mean_reward").asDouble())
                .isGreaterThan(JSON.readTree(best.get(0)).get("mean_reward").asDouble());

        CommandLineRun one = CommandLineRun.of(
                "generate",
                "--base",
                base.toString(),
                "--prompt",
                "The film",
                "--best-of",
                "3",
                "--reward",
                rule.toString(),
                "--max-new-tokens",
                "4");
        assertThat(one.code()).as(one.err()).isZero();
        assertThat(one.out()).contains("The film|", "the best of 3)");
    }

    private void train(Path store, Path prompts, Path reward) {
        PpoOptions options =
                ConfigReader.fromOverrides(List.of("steps=1", "batch_size=8", "ppo_epochs=1"), PpoOptions.class);
        PpoConfig config = PpoConfig.of(
                        PpoPreset.TRL_CLASSIC, DataConfig.of(prompts.toString()), RewardChoice.of(reward.toString()))
                .withPpo(options)
                .withPrompts(PromptConfig.beginning(2, 4))
                .withSampling(PpoSampling.pure(4, PpoSampling.Stop.EOS));
        try (SharedBase base = SharedBase.open(store, EngineConfig.parity())) {
            new PpoStage().run(StageContext.quiet(RunFolder.of(folder.resolve("runs"), "r", "ppo")), base, config);
        }
    }
}
