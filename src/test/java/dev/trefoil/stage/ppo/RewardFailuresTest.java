package dev.trefoil.stage.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trefoil.ExitCode;
import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.reward.builtin.ScoreService;
import dev.trefoil.reward.builtin.ScoreService.Reply;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny PPO runs with rewards of every kind, sound and broken: each ends as its policy says. */
class RewardFailuresTest {

    private static final int BATCH = TinyPpo.BATCH;

    /** The same score as {@link ScoreService#letters}, computed in this process. */
    private static final String LETTERS = "kind: rule\nrules: [{pattern: '(?-i)[a-z]', most: 1000}]\n";

    private static final String LETTERS_PY = """
            import json, os, sys
            for line in sys.stdin:
                r = json.loads(line)
            %s
                scores = [sum('a' <= c <= 'z' for c in s['response']) for s in r['samples']]
                print(json.dumps({'id': r['id'], 'scores': scores}), flush=True)
            """;

    private static final String LETTERS_JAVA = """
            import dev.trefoil.reward.*;
            import java.nio.file.Path;
            import java.util.*;
            public final class Letters implements RewardFactory {
                public String name() { return "letters"; }
                public RewardModel create(Map<String, Object> options, Path folder) {
                    return new RewardModel() {
                        public String name() { return "letters"; }
                        public List<RewardScore> score(List<RewardSample> batch) throws RewardException {
                            List<RewardScore> scores = new ArrayList<>();
                            for (RewardSample sample : batch) {
                                long letters = sample.response().chars().filter(c -> c >= 'a' && c <= 'z').count();
                                if (options.containsKey("refuse") && letters % 3 == 0) {
                                    throw new RewardException("letters", scores.size(), "has a multiple of three letters");
                                }
                                scores.add(RewardScore.of(letters));
                            }
                            return scores;
                        }
                    };
                }
            }
            """;

    /** What goes wrong with an HTTP service. */
    enum Broken {
        STALLS {
            @Override
            Reply reply() throws InterruptedException {
                Thread.sleep(20_000);
                return Reply.of(200, "");
            }
        },
        GARBAGE {
            @Override
            Reply reply() {
                return Reply.of(200, "<html>Welcome</html>");
            }
        },
        NOT_A_NUMBER {
            @Override
            Reply reply() {
                return Reply.of(200, "{\"scores\": [NaN, Infinity]}");
            }
        },
        TOO_FEW {
            @Override
            Reply reply() {
                return Reply.of(200, "{\"scores\": [1]}");
            }
        },
        ERROR_500 {
            @Override
            Reply reply() {
                return Reply.of(500, "out of memory");
            }
        };

        abstract Reply reply() throws InterruptedException;
    }

    @TempDir
    static Path folder;

    private static SharedBase base;
    private static TinyPpo ppo;
    private static String sound;

    @BeforeAll
    static void open() throws IOException {
        base = SharedBase.open(TinyBase.prepare(folder), EngineConfig.parity());
        ppo = new TinyPpo(base, TinyBase.prompts(folder.resolve("prompts.jsonl"), 3, 20), folder.resolve("runs"));
        sound = hash("sound", reward("sound", LETTERS), 2);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static void assumePython() {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "python3")));
        assumeTrue(found, "python3 is not on the PATH");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "process", "http", "cache", "weighted"})
    void the_same_score_of_any_kind_gives_the_same_run(String kind) throws IOException {
        if (kind.equals("process")) {
            assumePython();
        }
        try (ScoreService service = new ScoreService((number, request) -> ScoreService.letters(request))) {
            String yaml =
                    switch (kind) {
                        case "java" -> "kind: java\nsource: Letters.java\n";
                        case "process" -> process();
                        case "http" -> http(service, "retry") + "parallel: 2\n";
                        case "cache" -> "kind: cache\nof: {kind: http, url: '" + service.url() + "'}\n";
                        default ->
                            "kind: weighted\nparts:\n- {name: letters, of: ../sound}\n"
                                    + "- {name: watched, weight: 0, of: lexicon-sentiment}\n";
                    };
            Path reward = reward("kind-" + kind, yaml);
            Files.writeString(reward.resolve("Letters.java"), LETTERS_JAVA);
            Files.writeString(reward.resolve("score.py"), LETTERS_PY.formatted(""));
            assertThat(hash("kind-" + kind, reward, 2)).isEqualTo(sound);
            if (kind.equals("weighted")) {
                assertThat(metrics("kind-" + kind).get(0).metrics())
                        .containsKeys("env/reward/letters_mean", "env/reward/watched_mean");
            }
        }
    }

    @Test
    void a_judge_drives_a_run_and_a_normalised_clipped_sum_too() throws IOException {
        try (ScoreService service = new ScoreService((number, request) -> {
            String asked = request.get("messages").get(0).get("content").asText();
            return Reply.of(
                    200, "{\"choices\": [{\"message\": {\"content\": \"" + (1 + asked.length() % 10) + "\"}}]}");
        })) {
            String judge = "{kind: judge, url: '" + service.url() + "', model: m, prompt: 'Rate {response}'}";
            String yaml = "kind: weighted\nparts:\n- name: mark\n  of: {kind: normalise, of: " + judge + "}\n"
                    + "- name: letters\n  of: {kind: clip, max: 3, of: ../sound}\n";
            hash("judged", reward("judged", yaml), 2);
            assertThat(metrics("judged"))
                    .hasSize(2)
                    .allSatisfy(row -> assertThat(row.metrics())
                            .containsKeys("env/reward/mark_mean", "env/reward/letters_mean")
                            .containsEntry("env/reward_failures", 0.0));
            assertThat(RolloutLog.read(folder.resolve("runs/judged"))).hasSize(2 * BATCH);
        }
    }

    @Test
    void a_process_killed_in_mid_batch_loses_nothing() throws IOException {
        assumePython();
        Path reward = reward("killed", process());
        Files.writeString(reward.resolve("score.py"), LETTERS_PY.formatted("""
                    if r['id'] == 5 and not os.path.exists('died'):
                        open('died', 'w').close(); os.kill(os.getpid(), 9)
                """.stripTrailing()));
        assertThat(hash("killed", reward, 2)).isEqualTo(sound);
        assertThat(reward.resolve("died")).exists();
        assertThat(metrics("killed").get(1).metrics()).containsEntry("env/reward_restarts", 1.0);
    }

    /** Every second request is broken, each in another way, and asked again. */
    @Test
    void retry_asks_again_and_loses_nothing() throws IOException {
        try (ScoreService service = new ScoreService((number, request) -> number % 2 == 0 && number <= 10
                ? Broken.values()[number / 2 - 1].reply()
                : ScoreService.letters(request))) {
            assertThat(hash("retry", reward("retry", http(service, "retry")), 2))
                    .isEqualTo(sound);
            double failures = metrics("retry").stream()
                    .mapToDouble(row -> row.metrics().get("env/reward_failures"))
                    .sum();
            assertThat(failures).isEqualTo(2.0 * Broken.values().length);
            assertThat(metrics("retry"))
                    .allSatisfy(row -> assertThat(row.metrics())
                            .containsEntry("env/reward_dropped", 0.0)
                            .containsEntry("env/reward_retries", row.metrics().get("env/reward_failures")));
        }
    }

    /** In each step one of three requests is broken, each time in another way. */
    @Test
    void drop_goes_on_without_the_samples_of_the_broken_request() throws IOException {
        int steps = Broken.values().length;
        try (ScoreService service = new ScoreService((number, request) ->
                number % 3 == 2 ? Broken.values()[number / 3].reply() : ScoreService.letters(request))) {
            hash("drop", reward("drop", http(service, "drop")), steps);
        }
        List<RolloutLog.Logged> logged = RolloutLog.read(folder.resolve("runs/drop"));
        List<MetricsLog.Row> rows = metrics("drop");
        assertThat(rows).hasSize(steps);
        for (int step = 0; step < steps; step++) {
            List<RolloutLog.Logged> rollout = logged.subList(step * BATCH, (step + 1) * BATCH);
            assertThat(rollout)
                    .filteredOn(one -> Double.isNaN(one.score()))
                    .containsExactly(rollout.get(2), rollout.get(3));
            assertThat(rows.get(step).metrics())
                    .containsEntry("env/reward_dropped", 2.0)
                    .containsEntry("env/reward_failures", 2.0)
                    .containsEntry("episode", (step + 1) * (BATCH - 2.0));
            double mean = rollout.stream()
                    .mapToDouble(RolloutLog.Logged::score)
                    .filter(Double::isFinite)
                    .average()
                    .orElseThrow();
            assertThat(rows.get(step).metrics().get("env/reward_mean")).isCloseTo(mean, Offset.offset(1e-9));
        }
    }

    @ParameterizedTest
    @EnumSource(Broken.class)
    void fail_stops_with_the_reason(Broken broken) throws IOException {
        try (ScoreService service = new ScoreService((number, request) -> broken.reply())) {
            String name = "fail-" + broken;
            Path reward = reward(name, http(service, "fail"));
            assertThatThrownBy(() -> hash(name, reward, 2))
                    .isInstanceOfSatisfying(
                            UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.FAILED))
                    .hasMessageContainingAll("reward model " + name, "--resume", "on_failure");
            assertThat(service.requests()).isEqualTo(1);
        }
    }

    @Test
    void a_failed_run_ends_after_resume_as_if_nothing_had_happened() throws IOException {
        try (ScoreService service = new ScoreService(
                (number, request) -> number == 5 ? Broken.TOO_FEW.reply() : ScoreService.letters(request))) {
            Path reward = reward("failed", http(service, "fail"));
            assertThatThrownBy(() -> hash("failed", reward, 2)).hasMessageContaining("1 scores for 2 samples");
            assertThat(run("failed", reward, 2, true)).isEqualTo(sound);
        }
    }

    @Test
    void a_run_that_drops_and_normalises_resumes_to_the_same_bytes() throws IOException {
        try (ScoreService service = new ScoreService(
                (number, request) -> number == 11 ? Broken.ERROR_500.reply() : ScoreService.letters(request))) {
            String mix = """
                    kind: weighted
                    parts:
                    - {name: letters, of: {kind: normalise, of: {kind: java, source: %s, options: {refuse: 1}, on_failure: drop}}}
                    - {name: steady, weight: 0.001, of: %s}
                    """;
            Path source = folder.resolve("Letters.java");
            Files.writeString(source, LETTERS_JAVA);
            String whole = hash("whole", reward("whole", mix.formatted(source, folder.resolve("sound"))), 4);
            assertThat(metrics("whole"))
                    .anySatisfy(row ->
                            assertThat(row.metrics().get("env/reward_dropped")).isPositive());
            String flaky = "{kind: http, url: '" + service.url() + "', batch: 2, on_failure: fail}";
            Path reward = reward("whole2", mix.formatted(source, flaky));
            assertThatThrownBy(() -> hash("cut", reward, 4)).hasMessageContaining("status 500");
            assertThat(run("cut", reward, 4, true)).isEqualTo(whole);
            assertThat(RolloutLog.read(folder.resolve("runs/cut"))).hasSize(4 * BATCH);
        }
    }

    @Test
    void a_step_without_any_score_changes_nothing_and_five_in_a_row_stop_the_run() throws IOException {
        try (ScoreService service = new ScoreService(
                (number, request) -> number <= 3 ? Broken.GARBAGE.reply() : ScoreService.letters(request))) {
            hash("empty-first", reward("empty-first", http(service, "drop")), 2);
            List<MetricsLog.Row> rows = metrics("empty-first");
            assertThat(rows.get(0).metrics())
                    .containsEntry("env/reward_dropped", (double) BATCH)
                    .doesNotContainKey("objective/kl");
            assertThat(rows.get(1).metrics())
                    .containsEntry("objective/kl", 0.0)
                    .containsEntry("ppo/policy/ratio_first", 1.0)
                    .containsEntry("episode", (double) BATCH);
        }
        try (ScoreService service = new ScoreService((number, request) -> Broken.GARBAGE.reply())) {
            Path reward = reward("empty", http(service, "drop"));
            assertThatThrownBy(() -> hash("empty", reward, 9))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll("5 rollouts in a row have no score", "Welcome", "--resume");
        }
    }

    private static String process() {
        return "kind: process\ncommand: [python3, score.py]\nbatch: 2\n";
    }

    private static String http(ScoreService service, String policy) {
        return "kind: http\nurl: " + service.url()
                + "\nbatch: 2\ntimeout_seconds: 0.5\nretry_wait_seconds: 0.01\non_failure: " + policy + "\n";
    }

    private static Path reward(String name, String yaml) throws IOException {
        Path reward = Files.createDirectories(folder.resolve(name));
        Files.writeString(reward.resolve("reward.yaml"), yaml);
        return reward;
    }

    /** Runs and returns the artifact's hash, without what the configuration and the reward's place add to it. */
    private static String hash(String name, Path reward, int steps) {
        return run(name, reward, steps, false);
    }

    private static String run(String name, Path reward, int steps, boolean resume) {
        return ppo.run(name, reward, steps, resume);
    }

    private static List<MetricsLog.Row> metrics(String name) throws IOException {
        return ppo.metrics(name);
    }
}
