package dev.trefoil.stage.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.TinyBase;
import dev.trefoil.TinyClassifier;
import dev.trefoil.data.DataConfig;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import dev.trefoil.reward.builtin.LearnedReward;
import dev.trefoil.reward.builtin.RewardModels;
import dev.trefoil.stage.reward.RewardConfig;
import dev.trefoil.stage.reward.RewardEvalConfig;
import dev.trefoil.stage.reward.RewardStage;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * PPO with each kind of reward that needs no other program: what a run logs is what the reward model says of those texts. Programs,
 * services and what goes wrong with them: {@link RewardFailuresTest}.
 */
class RewardKindsTest {

    private static final int STEPS = 2;

    /** A text's score alone and in a batch, in another precision of sums. */
    private static final double ROUNDING = 1e-4;

    @TempDir
    static Path folder;

    private static SharedBase base;
    private static TinyPpo ppo;

    @BeforeAll
    static void open() {
        base = SharedBase.open(TinyBase.prepare(folder), EngineConfig.parity());
        ppo = new TinyPpo(base, TinyBase.prompts(folder.resolve("prompts.jsonl"), 3, 20), folder.resolve("runs"));
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    lexicon          | {kind: lexicon, words: words.tsv, window: 1}
                    regex            | {kind: rule, rules: [{name: vowels, pattern: "[aeiou]", most: 9, score: 0.5}]}
                    words            | {kind: rule, rules: [{name: articles, words: [a, the], most: 3}]}
                    length           | {kind: rule, rules: [{name: letters, length: characters, from: 12, to: 16, falloff: 20}]}
                    format           | {kind: rule, rules: [{name: shape, format: sentence}, {name: line, format: one-line, score: 2}]}
                    clip             | {kind: clip, min: -0.5, max: 0.25, of: lexicon-sentiment}
                    cache            | {kind: cache, entries: 4, of: lexicon-sentiment}
                    weighted         | {kind: weighted, parts: [{name: mood, weight: 2, of: lexicon-sentiment}, {name: less, weight: -0.5, of: length-penalised-sentiment}]}
                    """)
    void kinds_without_a_program(String kind, String yaml) throws Exception {
        Path reward = reward(kind, yaml);
        Files.writeString(reward.resolve("words.tsv"), "a\t1\nthe\t-1\nfilm\t2\n");
        runsWithItsOwnScores(kind, reward);
    }

    @Test
    void words_and_lengths_are_those_of_the_responses() throws IOException {
        Path reward = reward("count", "{kind: rule, rules: [{name: letters, length: characters}]}");
        ppo.run("count", reward, STEPS, false);
        ToDoubleFunction<RolloutLog.Logged> letters = logged -> logged.sample()
                .response()
                .codePointCount(0, logged.sample().response().length());
        assertThat(ppo.rollouts("count"))
                .hasSize(STEPS * TinyPpo.BATCH)
                .allSatisfy(logged -> assertThat(logged.score()).isEqualTo(letters.applyAsDouble(logged)));
        ppo.run("tokens", reward("tokens", "{kind: rule, rules: [{name: tokens, length: tokens}]}"), STEPS, false);
        assertThat(ppo.rollouts("tokens"))
                .allSatisfy(logged -> assertThat(logged.score()).isBetween(1.0, 4.0));
    }

    /** Running mean and deviation: the scores of a batch lie around 0, and the run has them in its state. */
    @Test
    void a_normalised_reward() throws IOException {
        ppo.run("normalise", reward("normalise", "{kind: normalise, of: lexicon-sentiment}"), STEPS, false);
        List<RolloutLog.Logged> logged = ppo.rollouts("normalise");
        assertThat(logged)
                .hasSize(STEPS * TinyPpo.BATCH)
                .allSatisfy(one -> assertThat(one.score()).isFinite());
    }

    @Test
    void a_class_in_a_jar() throws Exception {
        Path reward = reward("jar", "{kind: java, factory: calm-ending, options: {bonus: 1.0}}");
        jar(Path.of("reward-models/java-example/src"), reward.resolve("calm.jar"));
        runsWithItsOwnScores("jar", reward);
    }

    @Test
    void a_sequence_classifier_on_a_base_of_its_own() throws Exception {
        TinyClassifier.prepare(folder.resolve("classifier-published"), folder.resolve("classifier-base"));
        Path reward = reward(
                "classifier",
                "{kind: classifier, base: ../classifier-base, label: good, minus: bad, engine: {compute: fp32}}");
        runsWithItsOwnScores("classifier", reward);
    }

    @Test
    void the_artifact_of_a_reward_stage_over_the_policys_base_and_over_its_own() throws Exception {
        RewardConfig config = RewardConfig.defaults()
                .withData(
                        DataConfig.of(TinyBase.pairs(folder.resolve("pairs.jsonl"), 3, 24)
                                .toString()),
                        RewardEvalConfig.defaults())
                .withLora(LoraSettings.of(4, 8, 0).withTargets("all-linear"))
                .withTrain(TrainConfig.defaults().withMaxSteps(3L));
        RunFolder run = RunFolder.of(folder.resolve("runs"), "learned", "reward");
        Path artifact = new RewardStage()
                .run(StageContext.quiet(run), base, config)
                .artifact()
                .toAbsolutePath();
        Path shared = reward("artifact", "{kind: artifact, path: '" + artifact + "'}");
        Path own = reward(
                "artifact-own",
                "{kind: artifact, path: '" + artifact + "', base: '"
                        + base.folder().toAbsolutePath() + "', engine: {compute: fp32}}");
        runsWithItsOwnScores("artifact", shared);
        runsWithItsOwnScores("artifact-own", own);
        assertThat(ppo.rollouts("artifact").get(0).score())
                .isCloseTo(ppo.rollouts("artifact-own").get(0).score(), within(ROUNDING));
    }

    private static Path reward(String name, String yaml) throws IOException {
        Path reward = Files.createDirectories(folder.resolve(name));
        Files.writeString(reward.resolve("reward.yaml"), yaml);
        return reward;
    }

    /** Two steps, every response scored, each as the reward model scores it alone; nothing failed, nothing dropped. */
    private static void runsWithItsOwnScores(String name, Path reward) throws Exception {
        ppo.run(name, reward, STEPS, false);
        List<MetricsLog.Row> rows = ppo.metrics(name);
        assertThat(rows)
                .hasSize(STEPS)
                .allSatisfy(row -> assertThat(row.metrics())
                        .containsEntry("env/reward_failures", 0.0)
                        .containsEntry("env/reward_dropped", 0.0)
                        .containsKey("env/reward_mean"));
        List<RolloutLog.Logged> logged = ppo.rollouts(name);
        assertThat(logged).hasSize(STEPS * TinyPpo.BATCH);
        try (RewardModel model = RewardModels.in(Path.of("reward-models"), LearnedReward.opener(base))
                .open(reward.toString())) {
            for (RolloutLog.Logged one : logged) {
                List<RewardSample> alone = List.of(one.sample());
                RewardScore score = model.score(alone).get(0);
                assertThat(one.score()).isCloseTo(score.score(), within(ROUNDING));
            }
        }
    }

    /** Compiles a source folder; services and classes go into the jar. */
    private static void jar(Path source, Path file) throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes"));
        List<Path> sources = files(source, ".java");
        String[] arguments = Stream.concat(
                        Stream.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"),
                        sources.stream().map(Path::toString))
                .toArray(String[]::new);
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments))
                .isZero();
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file))) {
            for (Path root : List.of(classes, source)) {
                for (Path one : files(root, "")) {
                    if (!one.toString().endsWith(".java")) {
                        jar.putNextEntry(new JarEntry(root.relativize(one).toString()));
                        jar.write(Files.readAllBytes(one));
                        jar.closeEntry();
                    }
                }
            }
        }
    }

    private static List<Path> files(Path root, String ending) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .filter(path -> path.toString().endsWith(ending))
                    .toList();
        }
    }
}
