package dev.trefoil.train;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.optim.AdamSettings;
import dev.trefoil.optim.AdamW;
import dev.trefoil.optim.AdamW8bit;
import dev.trefoil.optim.Optimizer;
import dev.trefoil.optim.Schedule;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The optimiser of a stage: section {@code optim}. */
public record OptimConfig(
        @Doc("adamw: fp32 states; adamw-8bit: blockwise 8-bit states, a quarter of the memory.")
        Kind optimizer,

        @Range(min = 0) @Doc("Learning rate at the peak of the schedule.")
        double learningRate,

        @Range(min = 0, max = 1, maxExclusive = true) @Doc("Decay of the first and of the second moment.")
        List<Double> betas,

        @Range(min = 0) @Doc("Added to the divisor of the update.")
        double eps,

        @Doc("torch: after the bias correction, as torch.optim.AdamW; tf: before it, as OpenAI's 2019 code.")
        AdamSettings.EpsilonMode epsMode,

        @Range(min = 0) @Doc("Decoupled weight decay.") double weightDecay,

        @Doc("Course of the learning rate behind the warm-up; linear and cosine end at 0.")
        Course schedule,

        @Range(min = 0) @Doc("Steps in which the learning rate rises from 0.")
        long warmupSteps,

        @Range(min = 0) @Doc("Longest gradient, all trained weights together; 0 never clips.")
        double maxGradNorm) {

    /** What keeps the moments. */
    public enum Kind {
        ADAMW,
        ADAMW_8BIT
    }

    /** Shapes of the learning rate, by the names of Hugging Face transformers. */
    public enum Course {
        CONSTANT,
        CONSTANT_WITH_WARMUP,
        LINEAR,
        COSINE
    }

    public OptimConfig {
        Objects.requireNonNull(optimizer, "optimizer");
        Objects.requireNonNull(epsMode, "epsMode");
        Objects.requireNonNull(schedule, "schedule");
        betas = List.copyOf(betas);
        if (betas.size() != 2) {
            throw new IllegalArgumentException("betas: must be two numbers, were " + betas);
        }
        if (!(learningRate >= 0 && Double.isFinite(learningRate))) {
            throw new IllegalArgumentException("learningRate: must be at least 0, was " + learningRate);
        }
        if (!(maxGradNorm >= 0)) {
            throw new IllegalArgumentException("maxGradNorm: must be at least 0, was " + maxGradNorm);
        }
        if (warmupSteps > 0 && schedule == Course.CONSTANT) {
            throw new IllegalArgumentException(
                    "warmupSteps: must be 0 for schedule constant, was " + warmupSteps + "; take constant-with-warmup");
        }
    }

    /** AdamW as torch has it at 2e-4, falling along a cosine, clipped at 1. */
    public static OptimConfig defaults() {
        return of(2e-4, Course.COSINE);
    }

    /** The usual numbers with another peak and course: no warm-up, no decay, clipped at 1. */
    public static OptimConfig of(double learningRate, Course schedule) {
        return new OptimConfig(
                Kind.ADAMW, learningRate, List.of(0.9, 0.999), 1e-8, AdamSettings.EpsilonMode.TORCH, 0, schedule, 0, 1);
    }

    public OptimConfig withLearningRate(double rate) {
        return new OptimConfig(optimizer, rate, betas, eps, epsMode, weightDecay, schedule, warmupSteps, maxGradNorm);
    }

    public OptimConfig withWarmup(long steps) {
        return new OptimConfig(optimizer, learningRate, betas, eps, epsMode, weightDecay, schedule, steps, maxGradNorm);
    }

    public OptimConfig withMaxGradNorm(double norm) {
        return new OptimConfig(optimizer, learningRate, betas, eps, epsMode, weightDecay, schedule, warmupSteps, norm);
    }

    public OptimConfig withWeightDecay(double decay) {
        return new OptimConfig(optimizer, learningRate, betas, eps, epsMode, decay, schedule, warmupSteps, maxGradNorm);
    }

    public OptimConfig withEpsMode(AdamSettings.EpsilonMode mode) {
        return new OptimConfig(
                optimizer, learningRate, betas, eps, mode, weightDecay, schedule, warmupSteps, maxGradNorm);
    }

    public OptimConfig withEps(double epsilon) {
        return new OptimConfig(
                optimizer, learningRate, betas, epsilon, epsMode, weightDecay, schedule, warmupSteps, maxGradNorm);
    }

    /** A fresh optimiser. */
    public Optimizer create() {
        AdamSettings settings = new AdamSettings(betas.get(0), betas.get(1), eps, weightDecay, epsMode);
        return optimizer == Kind.ADAMW ? new AdamW(settings) : new AdamW8bit(settings);
    }

    /** The learning rates of a run of {@code totalSteps}. */
    public Schedule schedule(long totalSteps) {
        return Schedule.of(schedule.name().toLowerCase(Locale.ROOT), learningRate, warmupSteps, totalSteps);
    }
}
