package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Optional;

/**
 * Rates that adapters of rank 8 to 64 learn at lie within a few powers of ten, whatever the model.
 *
 * @param rate at the peak
 * @param least that still moves an adapter in a few hundred steps
 * @param most at which one still holds
 * @param warmup steps of warm-up
 * @param steps of the whole run
 */
public record LearningRate(double rate, double least, double most, long warmup, long steps) implements Check {

    static final Advice ADVICE = new Advice(
            "learning_rate",
            Severity.WARN,
            "a rate meant for all weights of a model (far too low for an adapter), or one typed a power of "
                    + "ten too high",
            "take optim.learning_rate from a recipe: 2e-4 for sft and reward, 1.41e-5 to 5e-4 for ppo; "
                    + "keep optim.warmup_steps well below the steps",
            "the published recipes: 1e-4 to 2e-4 for LoRA, 1.41e-5 for PPO");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        if (!(rate >= least && rate <= most)) {
            return Optional.of(
                    String.format(Locale.ROOT, "optim.learning_rate is %.3g, wanted %.3g to %.3g", rate, least, most));
        }
        return warmup == 0 || warmup < steps
                ? Optional.empty()
                : Optional.of("optim.warmup_steps is " + warmup + " of " + steps
                        + " optimiser steps, wanted fewer: the rate never reaches its peak");
    }
}
