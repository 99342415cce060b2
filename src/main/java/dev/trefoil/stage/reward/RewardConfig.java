package dev.trefoil.stage.reward;

import dev.trefoil.config.BesideFile;
import dev.trefoil.config.Doc;
import dev.trefoil.data.DataConfig;
import dev.trefoil.doctor.Rules;
import dev.trefoil.doctor.Severity;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.TrainConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** What the reward stage learns from, and how. */
public record RewardConfig(
        @BesideFile @Doc("Base store made by `trefoil prepare`; a pipeline gives its own.")
        Path base,

        @Doc("Seed of the adapter, the head, the order of the pairs and the dropout.")
        long seed,

        @Doc("How the base computes.") EngineConfig engine,

        @Doc("The adapter that is trained together with the score head.")
        LoraSettings lora,

        @Doc(
                "Training pairs: columns prompt (may be empty), chosen, rejected and perhaps margin; or pairs made of labels.")
        DataConfig data,

        @Doc("Held-out pairs and what their evaluation decides.")
        RewardEvalConfig eval,

        @Doc("How long the texts may be.") PreferenceConfig rows,

        @Doc("Terms of the loss beside -ln sigmoid(chosen - rejected).")
        RewardLossConfig loss,

        @Doc("The optimiser.") OptimConfig optim,

        @Doc("Batches of pairs, steps and the rhythm of evaluations and checkpoints.")
        TrainConfig train,

        @Doc(
                "Severity of the doctor's rules, such as {negative_kl: stop}: off, warn or stop; docs/reliability.md lists them.")
        Map<String, Severity> doctor) {

    /** A rank-8 adapter on all linears learns in a few hundred pairs at this rate; at a tenth of it, it hardly moves. */
    private static final double LEARNING_RATE = 2e-4;

    public RewardConfig {
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(lora, "lora");
        lora.refuseModulesToSave();
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(eval, "eval");
        Objects.requireNonNull(rows, "rows");
        Objects.requireNonNull(loss, "loss");
        Objects.requireNonNull(optim, "optim");
        Objects.requireNonNull(train, "train");
        doctor = Rules.settings(doctor);
    }

    /**
     * The numbers of StackLLaMA's reward model (rank 8, alpha 32, dropout 0.1, linear to 0 without warm-up, one epoch in batches of
     * 4; https://huggingface.co/blog/stackllama), but on all linears and at a higher rate; everything but the data.
     */
    public static RewardConfig defaults() {
        return new RewardConfig(
                null,
                1,
                EngineConfig.defaults(),
                LoraSettings.of(8, 32, 0.1).withTargets("all-linear"),
                DataConfig.defaults(),
                RewardEvalConfig.defaults(),
                PreferenceConfig.defaults(),
                RewardLossConfig.defaults(),
                OptimConfig.of(LEARNING_RATE, OptimConfig.Course.LINEAR),
                TrainConfig.defaults(),
                Map.of());
    }

    public RewardConfig withBase(Path folder) {
        return new RewardConfig(folder, seed, engine, lora, data, eval, rows, loss, optim, train, doctor);
    }

    public RewardConfig withSeed(long other) {
        return new RewardConfig(base, other, engine, lora, data, eval, rows, loss, optim, train, doctor);
    }

    public RewardConfig withEngine(EngineConfig other) {
        return new RewardConfig(base, seed, other, lora, data, eval, rows, loss, optim, train, doctor);
    }

    public RewardConfig withLora(LoraSettings other) {
        return new RewardConfig(base, seed, engine, other, data, eval, rows, loss, optim, train, doctor);
    }

    public RewardConfig withData(DataConfig training, RewardEvalConfig evaluation) {
        return new RewardConfig(base, seed, engine, lora, training, evaluation, rows, loss, optim, train, doctor);
    }

    public RewardConfig withRows(PreferenceConfig other) {
        return new RewardConfig(base, seed, engine, lora, data, eval, other, loss, optim, train, doctor);
    }

    public RewardConfig withLoss(RewardLossConfig other) {
        return new RewardConfig(base, seed, engine, lora, data, eval, rows, other, optim, train, doctor);
    }

    public RewardConfig withOptim(OptimConfig other) {
        return new RewardConfig(base, seed, engine, lora, data, eval, rows, loss, other, train, doctor);
    }

    public RewardConfig withTrain(TrainConfig other) {
        return new RewardConfig(base, seed, engine, lora, data, eval, rows, loss, optim, other, doctor);
    }

    /** What decides the reward model: not where the base lies, nor when is saved, nor what the doctor says. */
    public RewardConfig deciding() {
        return new RewardConfig(null, seed, engine, lora, data, eval, rows, loss, optim, train.deciding(), Map.of());
    }
}
