package dev.trefoil.stage.ppo;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.optim.AdamSettings;
import dev.trefoil.train.OptimConfig;
import java.util.List;
import java.util.Locale;

/** The section {@code optim:} with the keys of the other stages. A null component takes the preset's value. */
public record PpoOptim(
        @Doc("adamw: fp32 states; adamw-8bit: blockwise 8-bit states, a quarter of the memory (default adamw).")
        OptimConfig.Kind optimizer,

        @Range(min = 0) @Doc("Learning rate (default by preset: 1.41e-5, 3e-6, 1e-5, 1e-6).")
        Double learningRate,

        @Range(min = 0, max = 1, maxExclusive = true)
        @Doc("Decay of the first and of the second moment (default 0.9, 0.999; openrlhf: 0.9, 0.95).")
        List<Double> betas,

        @Range(min = 0) @Doc("Added to the divisor of the update (default 1e-8; openai-2019: 1e-5).")
        Double eps,

        @Doc("torch: after the bias correction; tf: before it (default torch; openai-2019: tf).")
        AdamSettings.EpsilonMode epsMode,

        @Range(min = 0) @Doc("Decoupled weight decay (default 0).")
        Double weightDecay,

        @Doc("Course of the learning rate (default by preset: constant, linear, linear, constant).")
        OptimConfig.Course schedule,

        @Range(min = 0) @Doc("Optimiser steps in which the learning rate rises from 0 (default 0).")
        Long warmupSteps,

        @Range(min = 0)
        @Doc("Longest gradient, all trained weights together; 0 never clips (default by preset: 0, 1, 0, 1).")
        Double maxGradNorm) {

    static PpoOptim empty() {
        return new PpoOptim(null, null, null, null, null, null, null, null, null);
    }

    /** Only a learning rate and a limit of the gradient, at a constant rate. */
    public static PpoOptim constant(double learningRate, double maxGradNorm) {
        return new PpoOptim(null, learningRate, null, null, null, null, OptimConfig.Course.CONSTANT, null, maxGradNorm);
    }

    PpoOptim filled(PpoPreset preset) {
        PpoPreset.Step step = preset.step();
        AdamSettings adam = step.adam();
        return new PpoOptim(
                or(optimizer, OptimConfig.Kind.ADAMW),
                or(learningRate, step.learningRate()),
                or(betas, List.of(adam.beta1(), adam.beta2())),
                or(eps, adam.epsilon()),
                or(epsMode, adam.epsilonMode()),
                or(weightDecay, adam.weightDecay()),
                or(schedule, OptimConfig.Course.valueOf(step.schedule().toUpperCase(Locale.ROOT))),
                or(warmupSteps, 0L),
                or(maxGradNorm, preset.numbers().maxGradNorm()));
    }

    /** The settings that the loops share, once nothing is left out. */
    OptimConfig config() {
        return new OptimConfig(
                optimizer, learningRate, betas, eps, epsMode, weightDecay, schedule, warmupSteps, maxGradNorm);
    }

    private static <T> T or(T given, T otherwise) {
        return given != null ? given : otherwise;
    }
}
