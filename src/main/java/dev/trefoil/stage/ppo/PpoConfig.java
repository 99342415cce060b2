package dev.trefoil.stage.ppo;

import dev.trefoil.config.BesideFile;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import dev.trefoil.data.DataConfig;
import dev.trefoil.doctor.Rules;
import dev.trefoil.doctor.Severity;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.train.LoraSettings;
import java.nio.file.Path;
import java.util.Map;

/**
 * A PPO stage file. There is no {@code defaults()}: what a file leaves out comes from the preset it names, so all is filled here,
 * and an instance has no nulls but {@code base}, {@code sft} and {@code eval}.
 */
public record PpoConfig(
        @BesideFile @Doc("Folder of the base store; a pipeline gives it to all its stages.")
        Path base,

        @Doc("Decides prompts' order, samples and weights at the start (default 0).")
        Long seed,

        @Doc("How the model computes.") EngineConfig engine,

        @BesideFile @Doc("Artifact of the supervised stage, or a folder of PEFT files; the bare base if absent.")
        Path sft,

        @Required @Doc("What judges the responses.") RewardChoice reward,

        @Doc("The adapter that is trained; its dropout is always 0 here.")
        LoraSettings lora,

        @Doc("The optimiser.") PpoOptim optim,
        @Required @Doc("Where prompts come from.") DataConfig data,
        @Doc("Which part of a text is the prompt.") PromptConfig prompts,
        @Doc("How responses are sampled.") PpoSampling sampling,

        @Doc("The algorithm's numbers; begins with a preset.")
        PpoOptions ppo,

        @Doc("Held prompts, answered before and after.") HeldOptions eval,

        @Doc(
                "Severity of the doctor's rules, such as {negative_kl: stop}: off, warn or stop; docs/reliability.md lists them.")
        Map<String, Severity> doctor) {

    public PpoConfig {
        seed = seed == null ? 0L : seed;
        engine = engine == null ? EngineConfig.defaults() : engine;
        ppo = ppo == null ? PpoOptions.of(PpoPreset.TRL_CLASSIC) : ppo;
        lora = withoutDropout(lora == null ? LoraSettings.defaults() : lora);
        lora.refuseModulesToSave();
        optim = (optim == null ? PpoOptim.empty() : optim).filled(ppo.preset());
        prompts = prompts == null ? PromptConfig.defaults() : prompts;
        sampling = (sampling == null ? PpoSampling.empty() : sampling).filled(ppo.preset());
        doctor = Rules.settings(doctor);
    }

    /** A preset's numbers over the bare base. */
    public static PpoConfig of(PpoPreset preset, DataConfig data, RewardChoice reward) {
        return new PpoConfig(
                null, null, null, null, reward, null, null, data, null, null, PpoOptions.of(preset), null, null);
    }

    /** In PPO dropout would make old and new log-probabilities of one policy differ. */
    private static LoraSettings withoutDropout(LoraSettings lora) {
        return new LoraSettings(
                lora.r(),
                lora.alpha(),
                0,
                lora.targetModules(),
                lora.excludeModules(),
                lora.useRslora(),
                lora.rankPattern(),
                lora.alphaPattern(),
                lora.modulesToSave());
    }

    public PpoConfig withBase(Path folder) {
        return new PpoConfig(
                folder, seed, engine, sft, reward, lora, optim, data, prompts, sampling, ppo, eval, doctor);
    }

    public PpoConfig withSeed(long other) {
        return new PpoConfig(base, other, engine, sft, reward, lora, optim, data, prompts, sampling, ppo, eval, doctor);
    }

    public PpoConfig withEngine(EngineConfig other) {
        return new PpoConfig(base, seed, other, sft, reward, lora, optim, data, prompts, sampling, ppo, eval, doctor);
    }

    public PpoConfig withSft(Path folder) {
        return new PpoConfig(
                base, seed, engine, folder, reward, lora, optim, data, prompts, sampling, ppo, eval, doctor);
    }

    public PpoConfig withReward(RewardChoice other) {
        return new PpoConfig(base, seed, engine, sft, other, lora, optim, data, prompts, sampling, ppo, eval, doctor);
    }

    public PpoConfig withLora(LoraSettings other) {
        return new PpoConfig(base, seed, engine, sft, reward, other, optim, data, prompts, sampling, ppo, eval, doctor);
    }

    public PpoConfig withOptim(PpoOptim other) {
        return new PpoConfig(base, seed, engine, sft, reward, lora, other, data, prompts, sampling, ppo, eval, doctor);
    }

    public PpoConfig withPrompts(PromptConfig other) {
        return new PpoConfig(base, seed, engine, sft, reward, lora, optim, data, other, sampling, ppo, eval, doctor);
    }

    public PpoConfig withSampling(PpoSampling other) {
        return new PpoConfig(base, seed, engine, sft, reward, lora, optim, data, prompts, other, ppo, eval, doctor);
    }

    public PpoConfig withPpo(PpoOptions other) {
        return new PpoConfig(
                base, seed, engine, sft, reward, lora, optim, data, prompts, sampling, other, eval, doctor);
    }

    public PpoConfig withEval(HeldOptions other) {
        return new PpoConfig(base, seed, engine, sft, reward, lora, optim, data, prompts, sampling, ppo, other, doctor);
    }

    /** What decides the policy: not where the base lies, nor when is saved, nor what the doctor says. */
    public PpoConfig deciding() {
        return new PpoConfig(
                null, seed, engine, sft, reward, lora, optim, data, prompts, sampling, ppo.deciding(), eval, Map.of());
    }
}
