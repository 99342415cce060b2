package dev.trefoil.stage.ppo;

import dev.trefoil.artifact.Artifact;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * PPO of a few short responses on a tiny base, with any reward.
 *
 * @param prompts data file
 * @param runs folder of the runs
 */
record TinyPpo(SharedBase base, Path prompts, Path runs) {

    /** Responses of a step. */
    static final int BATCH = 6;

    /** Runs and returns the hashes of the artifact's tensors: not of the configuration, in which the reward's place stands. */
    String run(String name, Path reward, int steps, boolean resume) {
        PpoOptions options = ConfigReader.fromOverrides(
                List.of(
                        "steps=" + steps,
                        "batch_size=" + BATCH,
                        "mini_batch_size=3",
                        "ppo_epochs=2",
                        "kl={controller: fixed, coef: 0.01}",
                        "samples_every=0",
                        "save_steps=1"),
                PpoOptions.class);
        PpoConfig config = PpoConfig.of(
                        PpoPreset.TRL_CLASSIC, DataConfig.of(prompts.toString()), RewardChoice.of(reward.toString()))
                .withPpo(options)
                .withPrompts(PromptConfig.beginning(2, 4))
                .withLora(LoraSettings.of(4, 8, 0).withTargets(List.of("q_proj", "v_proj")))
                .withOptim(PpoOptim.constant(1e-2, 1))
                .withSampling(PpoSampling.pure(4, PpoSampling.Stop.EOS));
        RunFolder run = RunFolder.of(runs, name, "ppo");
        Artifact artifact = Artifact.open(new PpoStage()
                .run(StageContext.quiet(run).withResume(resume), base, config)
                .artifact());
        return artifact.manifest().files().stream()
                .filter(file -> file.path().endsWith(".safetensors"))
                .map(Object::toString)
                .toList()
                .toString();
    }

    List<MetricsLog.Row> metrics(String name) throws IOException {
        return MetricsLog.read(runs.resolve(name).resolve("ppo/metrics.jsonl"));
    }

    /** Every response of a run with its score. */
    List<RolloutLog.Logged> rollouts(String name) {
        return RolloutLog.read(runs.resolve(name));
    }
}
