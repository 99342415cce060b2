package dev.trefoil.stage.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.Manifest.GoldenScore;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.quant.Precision;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.builtin.LearnedReward;
import dev.trefoil.stage.reward.RewardConfig;
import dev.trefoil.stage.reward.RewardEvalConfig;
import dev.trefoil.stage.reward.RewardStage;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reward stage's result as the reward of PPO, on one base. */
class LearnedRewardTest {

    @TempDir
    static Path folder;

    private static SharedBase base;
    private static Artifact reward;

    @BeforeAll
    static void train() {
        base = SharedBase.open(TinyBase.prepare(folder), EngineConfig.parity());
        Path pairs = TinyBase.pairs(folder.resolve("pairs.jsonl"), 3, 24);
        RewardConfig config = RewardConfig.defaults()
                .withData(DataConfig.of(pairs.toString()), RewardEvalConfig.defaults())
                .withLora(LoraSettings.of(4, 8, 0).withTargets("all-linear"))
                .withTrain(TrainConfig.defaults().withMaxSteps(3L));
        StageResult result = new RewardStage()
                .run(StageContext.quiet(RunFolder.of(folder.resolve("runs"), "r", "reward")), base, config);
        reward = Artifact.open(result.artifact());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @Test
    void scores_its_golden_texts_as_when_it_was_sealed() {
        try (LearnedReward model = LearnedReward.open(base, reward.folder())) {
            List<GoldenScore> golden = reward.manifest().golden();
            List<RewardSample> samples = golden.stream()
                    .map(text -> RewardSample.of(text.prompt(), text.response()))
                    .toList();
            for (int i = 0; i < golden.size(); i++) {
                assertThat(model.score(samples).get(i).score())
                        .isCloseTo(golden.get(i).score(), Offset.offset(1e-4));
            }
        }
    }

    @Test
    void refuses_golden_scores_that_do_not_come_back() throws IOException {
        Path other = folder.resolve("other");
        ArtifactWriter.write(other, draft -> {
            for (String file :
                    List.of("adapter/adapter_model.safetensors", "adapter/adapter_config.json", "rows.yaml")) {
                Path copy = draft.folder().resolve(file);
                Files.createDirectories(copy.getParent());
                Files.copy(reward.file(file), copy);
            }
            GoldenScore first = reward.manifest().golden().get(0);
            return Manifest.of(
                    Manifest.REWARD,
                    0,
                    reward.manifest().hashes(),
                    reward.manifest().parents(),
                    List.of(new GoldenScore(first.prompt(), first.response(), first.score() + 1)));
        });
        assertThatThrownBy(() -> LearnedReward.open(base, other))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.CONTRACT))
                .hasMessageContaining("golden text");
    }

    @Test
    void refuses_another_base() {
        try (SharedBase other = SharedBase.open(TinyBase.prepare(folder, Precision.INT8), EngineConfig.parity())) {
            assertThatThrownBy(() -> LearnedReward.open(other, reward.folder()))
                    .hasMessageContaining("was trained with base");
        }
    }

    @Test
    void is_the_reward_and_a_parent_of_a_ppo_run() {
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 3, 20);
        PpoConfig config = PpoConfig.of(
                        PpoPreset.TRL_CLASSIC,
                        DataConfig.of(prompts.toString()),
                        RewardChoice.of(reward.folder().toString()))
                .withPpo(ConfigReader.fromOverrides(
                        List.of("steps=1", "batch_size=8", "ppo_epochs=1"), PpoOptions.class))
                .withPrompts(PromptConfig.beginning(2, 4))
                .withLora(LoraSettings.of(4, 8, 0).withTargets("all-linear"))
                .withSampling(PpoSampling.pure(5, PpoSampling.Stop.EOS));
        RunFolder run = RunFolder.of(folder.resolve("runs"), "learned", "ppo");
        Artifact policy = Artifact.open(
                new PpoStage().run(StageContext.quiet(run), base, config).artifact());
        policy.requireParent("reward", reward);
    }
}
