package dev.trefoil.stage.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.PairConfig;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.token.Preferences;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.TrainConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RewardStageTest {

    @TempDir
    static Path shared;

    private static SharedBase base;
    private static Path pairs;
    private static Path held;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() throws IOException {
        base = SharedBase.open(TinyBase.prepare(shared), EngineConfig.parity());
        pairs = judgements(shared.resolve("pairs.jsonl"), 0, 160);
        held = judgements(shared.resolve("held.jsonl"), 160, 40);
    }

    /** Short texts that differ in their judging words only, which a random base can tell apart after a few steps. */
    private static Path judgements(Path file, int from, int count) throws IOException {
        List<String> openings = List.of("The film", "This story", "The cast", "The music", "Its ending");
        List<String> praise = List.of("great", "lovely", "superb", "moving");
        List<String> blame = List.of("dull", "awful", "empty", "tired");
        List<String> frames = List.of(" is %s.", " was %s.", " felt %s.", " seemed %s.");
        StringBuilder rows = new StringBuilder();
        for (int i = from; i < from + count; i++) {
            String frame = frames.get(i / 5 % 4);
            rows.append(String.format(
                    "{\"prompt\": \"%s\", \"chosen\": \"%s\", \"rejected\": \"%s\"}%n",
                    openings.get(i % 5),
                    String.format(frame, praise.get(i / 20 % 4)),
                    String.format(frame, blame.get((i / 20 + i / 80) % 4))));
        }
        return Files.writeString(file, rows.toString());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static RewardConfig config() {
        return RewardConfig.defaults()
                .withSeed(3)
                .withData(DataConfig.of(pairs.toString()), RewardEvalConfig.of(DataConfig.of(held.toString())))
                .withRows(new PreferenceConfig(96, PreferenceConfig.Truncate.PROMPT_LEFT))
                .withLora(LoraSettings.of(4, 8, 0.1).withTargets("all-linear"))
                .withOptim(OptimConfig.of(1e-2, OptimConfig.Course.LINEAR))
                .withTrain(TrainConfig.defaults().withBatch(8, 1).withMaxSteps(24L));
    }

    private StageContext context(String name) {
        return StageContext.quiet(new RunFolder(folder.resolve(name)));
    }

    @Test
    void learns_and_seals_an_artifact_that_scores_its_golden_texts_again() throws IOException {
        StageResult result = new RewardStage().run(context("reward"), base, config());
        assertThat(result.metrics().get("eval_accuracy")).isGreaterThan(0.8);
        assertThat(result.metrics()).containsKeys("loss", "eval_loss", "eval_margin");
        assertThat(String.join("\n", result.summaryLines())).contains("held-out accuracy");

        Artifact artifact = Artifact.open(result.artifact())
                .requireKind(Manifest.REWARD)
                .requireBase(base.hash(), "tiny")
                .requireTokenizer(base.tokenizer().hash(), "tiny");
        assertThat(artifact.manifest().golden()).hasSize(8);
        assertThat(artifact.manifest().records()).contains("metrics.jsonl", "config.yaml", "curves.png", "margins.png");
        PreferenceConfig rows = ConfigReader.read(artifact.file("rows.yaml"), PreferenceConfig.class);
        LoraAdapter adapter = PeftFiles.read(artifact.adapter(), base.sites(), "reward");
        try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), false))) {
            RewardScorer scorer = new RewardScorer(role, ScalarHead.over(adapter, "score"));
            for (Manifest.GoldenScore text : artifact.manifest().golden()) {
                int[] ids = Preferences.encode(base.tokenizer(), text.prompt(), text.response(), rows);
                assertThat((double) scorer.alone(ids)).isEqualTo(text.score());
            }
        }
        try (SafeTensorsFile head = SafeTensorsFile.open(artifact.file(Artifact.HEAD));
                SafeTensorsFile peft = SafeTensorsFile.open(artifact.adapter().resolve("adapter_model.safetensors"))) {
            assertThat(peft.floats("base_model.model.score.weight")).containsExactly(head.floats("score.weight"));
        }
        assertThat(Files.readAllLines(artifact.file("scores.jsonl")))
                .hasSize(40)
                .first()
                .asString()
                .startsWith("{\"pair\": 1, \"chosen\": ");
        JsonNode evaluation = JsonMapper.builder()
                .build()
                .readTree(artifact.file("evaluation.json").toFile());
        assertThat(evaluation.get("accuracy").asDouble())
                .isEqualTo(result.metrics().get("eval_accuracy"));
        assertThat(evaluation.get("padding_difference").asDouble()).isCloseTo(0, within(1e-4));
    }

    @Test
    void writes_the_metrics_of_each_step_with_the_names_of_TRL() throws IOException {
        RewardConfig config =
                config().withTrain(TrainConfig.defaults().withBatch(4, 2).withMaxSteps(3L));
        StageResult result = new RewardStage().run(context("reward"), base, config);
        List<String> lines = Files.readAllLines(result.artifact().resolve("metrics.jsonl"));
        assertThat(lines).hasSize(3);
        JsonNode line = JsonMapper.builder().build().readTree(lines.get(2));
        for (String name : List.of(
                "loss",
                "accuracy",
                "margin",
                "min_reward",
                "mean_reward",
                "max_reward",
                "rewards/chosen",
                "rewards/rejected",
                "rewards/margins",
                "rewards/accuracies",
                "learning_rate",
                "grad_norm",
                "epoch",
                "num_tokens",
                "tokens_per_second",
                "eval_loss",
                "eval_accuracy",
                "eval_margin")) {
            assertThat(line.has(name)).as(name).isTrue();
        }
    }

    @Test
    void an_interrupted_run_goes_on_to_the_same_bytes() {
        RewardConfig config = config().withLoss(new RewardLossConfig(0.01, false))
                .withTrain(
                        TrainConfig.defaults().withBatch(4, 2).withMaxSteps(6L).withRhythm(1, null, 2));
        Artifact whole = Artifact.open(
                new RewardStage().run(context("whole"), base, config).artifact());

        StageContext cut = context("cut");
        StageContext dying = new StageContext(cut.folder(), cut.dataRoot(), cut.messages(), false, new DyingClock(10));
        assertThatThrownBy(() -> new RewardStage().run(dying, base, config)).isInstanceOf(IllegalStateException.class);
        assertThat(cut.folder().checkpoints()).isNotEmptyDirectory();
        Artifact resumed = Artifact.open(
                new RewardStage().run(cut.withResume(true), base, config).artifact());
        assertThat(resumed.manifest()).isEqualTo(whole.manifest());

        assertThat(cut.folder().work()).doesNotExist();
    }

    /** Fails at the n-th reading, as a power cut in the middle of a step would. */
    private static final class DyingClock implements LongSupplier {
        private int left;

        DyingClock(int readings) {
            this.left = readings;
        }

        @Override
        public long getAsLong() {
            if (--left < 0) {
                throw new IllegalStateException("cut");
            }
            return System.nanoTime();
        }
    }

    @Test
    void accumulated_batches_give_the_step_of_one_batch() throws IOException {
        RewardConfig config = config().withLora(LoraSettings.of(4, 8, 0).withTargets("all-linear"));
        float[] one =
                weights(config.withTrain(TrainConfig.defaults().withBatch(8, 1).withMaxSteps(2L)), "one");
        float[] parts =
                weights(config.withTrain(TrainConfig.defaults().withBatch(4, 2).withMaxSteps(2L)), "parts");
        assertThat(parts).containsExactly(one, within(2e-4f));
    }

    private float[] weights(RewardConfig config, String name) {
        StageResult result = new RewardStage().run(context(name), base, config);
        try (SafeTensorsFile head = SafeTensorsFile.open(result.artifact().resolve(Artifact.HEAD))) {
            return head.floats("score.weight");
        }
    }

    @Test
    void pairs_are_made_of_labelled_texts_and_scores_hold_on_an_int8_base() {
        Path reviews = TinyBase.reviews(shared.resolve("reviews.jsonl"), 5, 60);
        DataConfig data = DataConfig.of(reviews.toString()).withPairs(new PairConfig("positive", "negative", 1, 16));
        RewardConfig config = config().withData(data, RewardEvalConfig.defaults())
                .withTrain(TrainConfig.defaults().withBatch(4, 1).withMaxSteps(2L));
        try (SharedBase int8 = SharedBase.open(TinyBase.prepare(shared, Precision.INT8), EngineConfig.defaults())) {
            StageResult result = new RewardStage().run(context("reward"), int8, config);
            Artifact artifact = Artifact.open(result.artifact());
            assertThat(artifact.manifest().golden())
                    .hasSize(8)
                    .allMatch(text -> text.prompt().isEmpty());
            assertThat(artifact.file("evaluation.json")).doesNotExist();
        }
    }

    @Test
    void keeps_the_best_weights_and_stops_when_nothing_gets_better() {
        RewardConfig config = config().withOptim(OptimConfig.of(0, OptimConfig.Course.CONSTANT))
                .withData(
                        DataConfig.of(pairs.toString()), new RewardEvalConfig(DataConfig.of(held.toString()), true, 2))
                .withTrain(
                        TrainConfig.defaults().withBatch(4, 1).withMaxSteps(20L).withRhythm(1, 1, null));
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        StageContext context = StageContext.of(
                new RunFolder(folder.resolve("reward")),
                new PrintStream(messages, true, StandardCharsets.UTF_8),
                false);
        StageResult result = new RewardStage().run(context, base, config);
        assertThat(result.summaryLines().get(0)).startsWith("3 steps");
        assertThat(messages.toString(StandardCharsets.UTF_8))
                .contains("stopped after step 3")
                .contains("Reward model on 40 pairs");
    }

    @Test
    void a_missing_column_is_named_with_those_that_are_there() throws IOException {
        Path wrong = folder.resolve("wrong.jsonl");
        Files.writeString(wrong, "{\"prompt\": \"a\", \"better\": \"b\", \"rejected\": \"c\"}\n");
        assertFault(
                config().withData(DataConfig.of(wrong.toString()), RewardEvalConfig.defaults()),
                "chosen",
                "better",
                "rejected");
    }

    @Test
    void margins_must_be_there_when_the_loss_asks_for_them() throws IOException {
        assertFault(config().withLoss(new RewardLossConfig(0, true)), "pair 1", "margin", "loss.margin");
        Path margins = folder.resolve("margins.jsonl");
        Files.writeString(
                margins, "{\"prompt\": \"A film. \", \"chosen\": \"good\", \"rejected\": \"bad\", \"margin\": 1.5}\n");
        RewardConfig config = config().withData(DataConfig.of(margins.toString()), RewardEvalConfig.defaults())
                .withLoss(new RewardLossConfig(0, true))
                .withTrain(TrainConfig.defaults().withMaxSteps(1L));
        assertThat(new RewardStage()
                        .run(context("reward"), base, config)
                        .metrics()
                        .get("loss"))
                .isCloseTo(Math.log(1 + Math.exp(1.5)), within(0.3));
    }

    @Test
    void texts_longer_than_the_context_are_refused() throws IOException {
        Path longs = folder.resolve("long.jsonl");
        Files.writeString(
                longs, "{\"prompt\": \"\", \"chosen\": \"" + "good film ".repeat(300) + "\", \"rejected\": \"bad\"}\n");
        assertFault(
                config().withData(DataConfig.of(longs.toString()), RewardEvalConfig.defaults())
                        .withRows(new PreferenceConfig(512, PreferenceConfig.Truncate.RIGHT)),
                "rows.length",
                "128");
    }

    private void assertFault(RewardConfig config, String... parts) {
        assertThatThrownBy(() -> new RewardStage().run(context("fault"), base, config))
                .isInstanceOfSatisfying(
                        UserError.class, fault -> assertThat(fault.code()).isEqualTo(ExitCode.CONFIG_OR_DATA))
                .hasMessageContainingAll(parts);
    }

    @Test
    void settings_of_the_published_comparison_can_be_written_in_yaml() throws IOException {
        Path file = folder.resolve("reward.yaml");
        Files.writeString(file, """
                seed: 1
                lora: {r: 8, alpha: 32, dropout: 0.1, target_modules: all-linear}
                data:
                  path: imdb_train.jsonl
                  replace: [{from: "<br />", to: "\\n"}]
                  pairs: {positive: "1", negative: "0", seed: 1, limit: 400}
                eval:
                  data:
                    path: imdb_test.jsonl
                    pairs: {positive: "1", negative: "0", seed: 1, limit: 200}
                rows: {length: 192, truncate: right}
                loss: {center_coefficient: 0}
                optim: {learning_rate: 2e-4, schedule: linear, warmup_steps: 0, max_grad_norm: 1}
                train: {batch_size: 4, epochs: 1}
                """);
        RewardConfig config = ConfigReader.read(file, RewardConfig.class);
        assertThat(config.eval().data().pairs().limit()).isEqualTo(200);
        assertThat(config.withData(DataConfig.defaults(), RewardEvalConfig.defaults())
                        .withRows(PreferenceConfig.defaults()))
                .isEqualTo(RewardConfig.defaults().withSeed(1));
        assertThat(config.lora().targetModules()).isEqualTo("all-linear");
        assertThat(Map.of("length", config.rows().length())).containsEntry("length", 192);
    }
}
