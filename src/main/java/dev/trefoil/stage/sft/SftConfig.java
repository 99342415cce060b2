package dev.trefoil.stage.sft;

import dev.trefoil.config.BesideFile;
import dev.trefoil.config.Doc;
import dev.trefoil.data.DataConfig;
import dev.trefoil.doctor.Rules;
import dev.trefoil.doctor.Severity;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.TrainConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** A file of the supervised stage. */
public record SftConfig(
        @BesideFile @Doc("Base store made by `trefoil prepare`; a pipeline gives its own.")
        Path base,

        @Doc("Decides initial weights, order of the data, dropout and sample texts.")
        long seed,

        @Doc("How the base is computed with.") EngineConfig engine,
        @Doc("The adapter that is trained.") LoraSettings lora,
        @Doc("The optimiser.") OptimConfig optim,
        @Doc("Training texts, or prompts with completions.") DataConfig data,
        @Doc("How texts become rows of tokens.") PackingConfig packing,
        @Doc("Evaluation, best model and sample texts.") SftEvalConfig eval,
        @Doc("Sizes and rhythm of the loop.") TrainConfig train,

        @Doc(
                "Severity of the doctor's rules, such as {negative_kl: stop}: off, warn or stop; docs/reliability.md lists them.")
        Map<String, Severity> doctor) {

    public SftConfig {
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(lora, "lora");
        Objects.requireNonNull(optim, "optim");
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(packing, "packing");
        Objects.requireNonNull(eval, "eval");
        Objects.requireNonNull(train, "train");
        doctor = Rules.settings(doctor);
    }

    /** LoRA of rank 16 at 2e-4 along a cosine, one epoch; everything but the data. */
    public static SftConfig defaults() {
        return new SftConfig(
                null,
                1,
                EngineConfig.defaults(),
                LoraSettings.defaults(),
                OptimConfig.defaults(),
                DataConfig.defaults(),
                PackingConfig.defaults(),
                SftEvalConfig.defaults(),
                TrainConfig.defaults(),
                Map.of());
    }

    /** What decides the adapter: not where the base lies, nor when is saved, nor what the doctor says. */
    public SftConfig deciding() {
        return new SftConfig(null, seed, engine, lora, optim, data, packing, eval, train.deciding(), Map.of());
    }
}
