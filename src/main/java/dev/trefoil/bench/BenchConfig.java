package dev.trefoil.bench;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.model.EngineConfig;
import java.util.Objects;

/** What a benchmark does; the defaults are the shapes in which other programs were measured too. */
public record BenchConfig(
        @Range(min = 0) @Doc("Steps or passes before those that count.")
        int warmup,

        @Range(min = 1) @Doc("Steps or passes that are timed.")
        int repeats,

        @Doc("Decides texts, initial weights, dropout and samples.")
        long seed,

        @Doc("How the base is computed with.") EngineConfig engine,
        @Doc("Supervised step.") SftShape sft,
        @Doc("Reward step.") RewardShape reward,
        @Doc("PPO step.") PpoShape ppo,
        @Doc("Generation.") GenerateShape generate,
        @Doc("Forward pass.") PrefillShape prefill) {

    public BenchConfig {
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(sft, "sft");
        Objects.requireNonNull(reward, "reward");
        Objects.requireNonNull(ppo, "ppo");
        Objects.requireNonNull(generate, "generate");
        Objects.requireNonNull(prefill, "prefill");
        if (warmup < 0) {
            throw new IllegalArgumentException("warmup: must be at least 0, was " + warmup);
        }
        if (repeats < 1) {
            throw new IllegalArgumentException("repeats: must be at least 1, was " + repeats);
        }
    }

    /** One step to warm up, five that count. */
    public static BenchConfig defaults() {
        return new BenchConfig(
                1,
                5,
                1,
                EngineConfig.defaults(),
                SftShape.defaults(),
                RewardShape.defaults(),
                PpoShape.defaults(),
                GenerateShape.defaults(),
                PrefillShape.defaults());
    }

    /** Steps in all. */
    int steps() {
        return warmup + repeats;
    }
}
