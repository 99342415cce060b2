package dev.trefoil.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.stage.ppo.PpoConfig;
import dev.trefoil.stage.ppo.PpoOptions;
import dev.trefoil.stage.ppo.PpoPreset;
import dev.trefoil.stage.ppo.PpoSampling;
import dev.trefoil.stage.ppo.PpoStage;
import dev.trefoil.stage.ppo.RewardChoice;
import dev.trefoil.stage.reward.RewardConfig;
import dev.trefoil.stage.reward.RewardStage;
import dev.trefoil.stage.sft.SftConfig;
import dev.trefoil.stage.sft.SftEvalConfig;
import dev.trefoil.stage.sft.SftStage;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.TrainConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the three stages themselves for a few steps and takes the times of their steps from the metrics that they write. Nothing is
 * left out of a step but the writing of its metrics; opening data and sealing the artifact lie outside.
 */
final class StageRuns {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SPEED = "tokens_per_second";
    private static final double LEARNING_RATE = 2e-4;

    /** Counts words: a rule that needs no model and takes microseconds. */
    private static final String RULE = """
            kind: rule
            rules:
              - {name: words, pattern: '\\w+', score: 0.1, most: 1000}
            """;

    /** A part of a PPO step, and the metric that holds its seconds. */
    private record Part(String name, String metric) {}

    private static final List<Part> PPO_PARTS = List.of(
            new Part("generate", "time/ppo/generate"),
            new Part("score", "time/ppo/score"),
            new Part("read", "time/ppo/forward_pass"),
            new Part("advantages", "time/ppo/compute_rewards"),
            new Part("update", "time/ppo/optimize_step"));

    private final SharedBase base;
    private final BenchConfig config;
    private final Path folder;
    private final BenchTexts texts;

    StageRuns(SharedBase base, BenchConfig config, Path folder) {
        this.base = base;
        this.config = config;
        this.folder = folder;
        this.texts = new BenchTexts(base.tokenizer(), config.seed());
    }

    Timing sft() {
        SftShape shape = config.sft();
        int rows = shape.batchSize() * config.steps();
        Path data = texts.writeTexts(folder.resolve("texts.jsonl"), rows, shape.length());
        PackingConfig packing = PackingConfig.defaults()
                .withLength(shape.length())
                .withBoundaries(PackingConfig.Boundaries.ATTEND)
                .withRows(rows);
        SftConfig stage = new SftConfig(
                null,
                config.seed(),
                config.engine(),
                shape.lora(),
                OptimConfig.of(LEARNING_RATE, OptimConfig.Course.CONSTANT),
                DataConfig.of(data.toString()),
                packing,
                SftEvalConfig.defaults().withSamples(0, 1, 1),
                train(shape.batchSize()),
                Map.of());
        StageResult result = new SftStage().run(context(SftStage.NAME), base, stage);
        return trained(Work.SFT, shape, shape.batchSize() * shape.length(), result);
    }

    Timing reward() {
        RewardShape shape = config.reward();
        RewardConfig stage = rewardConfig(shape, shape.pairs(), shape.length(), config.steps());
        StageResult result = new RewardStage().run(context(RewardStage.NAME), base, stage);
        return trained(Work.REWARD, shape, 2 * shape.pairs() * shape.length(), result);
    }

    private RewardConfig rewardConfig(RewardShape shape, int pairs, int length, int steps) {
        Path data = texts.writePairs(folder.resolve("pairs.jsonl"), pairs * steps, length);
        RewardConfig defaults = RewardConfig.defaults();
        return defaults.withSeed(config.seed())
                .withEngine(config.engine())
                .withLora(shape.lora())
                .withData(DataConfig.of(data.toString()), defaults.eval())
                .withRows(new PreferenceConfig(length, PreferenceConfig.Truncate.RIGHT))
                .withOptim(OptimConfig.of(LEARNING_RATE, OptimConfig.Course.CONSTANT))
                .withTrain(TrainConfig.defaults().withBatch(pairs, 1).withMaxSteps((long) steps));
    }

    Timing ppo() {
        PpoShape shape = config.ppo();
        Path data = texts.writeTexts(
                folder.resolve("prompts.jsonl"), shape.batchSize() * config.steps(), shape.promptTokens());
        PpoConfig stage = PpoConfig.of(
                        PpoPreset.TRL_CLASSIC,
                        DataConfig.of(data.toString()),
                        RewardChoice.of(reward(shape).toString()))
                .withSeed(config.seed())
                .withEngine(config.engine())
                .withLora(shape.lora())
                .withPrompts(PromptConfig.beginning(shape.promptTokens(), shape.promptTokens()))
                .withSampling(PpoSampling.pure(shape.newTokens(), PpoSampling.Stop.NONE))
                .withPpo(options(shape));
        StageResult result = new PpoStage().run(context(PpoStage.NAME), base, stage);
        List<Double> seconds = new ArrayList<>();
        Map<String, List<Double>> parts = new LinkedHashMap<>();
        for (JsonNode step : counted(result)) {
            requireFull(shape.updates(), step.path("ppo/updates").asInt(), "optimiser steps in a PPO step");
            requireFull(
                    shape.newTokens(), step.path("tokens/responses_len_mean").asDouble(), "tokens of a response");
            seconds.add(step.path("time/ppo/total").asDouble());
            PPO_PARTS.forEach(part -> parts.computeIfAbsent(part.name(), first -> new ArrayList<>())
                    .add(step.path(part.metric()).asDouble()));
        }
        int tokens = shape.batchSize() * shape.newTokens();
        return new Timing(Work.PPO, Shapes.of(shape), "step", tokens, seconds, parts);
    }

    private PpoOptions options(PpoShape shape) {
        return ConfigReader.fromOverrides(
                List.of(
                        "steps=" + config.steps(),
                        "batch_size=" + shape.batchSize(),
                        "mini_batch_size=" + shape.rowsAtOnce(),
                        "ppo_epochs=" + shape.epochs(),
                        "samples_every=0"),
                PpoOptions.class);
    }

    /** The artifact of a reward stage of one short pair, or the rule. */
    private Path reward(PpoShape shape) {
        if (!shape.rewardModel()) {
            return rule();
        }
        int length = shape.promptTokens() + shape.newTokens();
        RewardConfig stage = rewardConfig(config.reward(), 1, length, 1);
        return new RewardStage().run(context(RewardStage.NAME), base, stage).artifact();
    }

    private Path rule() {
        Path file = folder.resolve("reward.yaml");
        try {
            return Files.writeString(file, RULE);
        } catch (IOException failed) {
            throw ScratchFolder.unwritable(file, failed);
        }
    }

    private TrainConfig train(int rows) {
        return TrainConfig.defaults().withBatch(rows, 1).withMaxSteps((long) config.steps());
    }

    private StageContext context(String stage) {
        return StageContext.quiet(RunFolder.of(folder, "run", stage));
    }

    /** Times of a stage whose lines hold tokens so far and tokens per second of the step. */
    private Timing trained(Work work, Record shape, int tokens, StageResult result) {
        List<Double> seconds = new ArrayList<>();
        double before = (double) tokens * config.warmup();
        for (JsonNode step : counted(result)) {
            double done = step.path("num_tokens").asDouble();
            requireFull(tokens, done - before, "tokens in a step");
            before = done;
            seconds.add(tokens / step.path(SPEED).asDouble());
        }
        return Timing.whole(work, Shapes.of(shape), "step", tokens, seconds);
    }

    /** A step that did less than was asked would look fast. */
    private static void requireFull(double wanted, double found, String what) {
        if (wanted != found) {
            throw new IllegalStateException(what + ": found " + found + ", wanted " + wanted);
        }
    }

    private List<JsonNode> counted(StageResult result) {
        Path file = result.artifact().resolve("metrics.jsonl");
        try {
            List<JsonNode> lines = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                lines.add(JSON.readTree(line));
            }
            requireFull(config.steps(), lines.size(), "lines of " + file);
            return lines.subList(config.warmup(), lines.size());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
