package dev.trefoil.stage.ppo;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.rl.Era;
import dev.trefoil.rl.MaskedStatistics.Variance;
import dev.trefoil.rl.PpoSettings;
import dev.trefoil.rl.ScoreProcessing;

/**
 * The section {@code ppo:}. What is left out (null) takes the preset's value, so an instance has no nulls but {@code saveMinutes}. For clips, guards and
 * stops 0 means off.
 */
public record PpoOptions(
        @Doc("Published numbers that fill what is left out: trl-classic (default), trl-1x, openai-2019 or openrlhf.")
        PpoPreset preset,

        @Range(min = 1) @Doc("PPO steps: rollouts, each with its epochs of updates (default 100).")
        Integer steps,

        @Range(min = 1) @Doc("Episodes in a rollout (default by preset: 128, 64, 512, 1024).")
        Integer batchSize,

        @Range(min = 1) @Doc("Episodes read by the model at once (default: the rollout; openrlhf: 128).")
        Integer miniBatchSize,

        @Range(min = 1) @Doc("Mini-batches whose gradients make one optimiser step (default 1).")
        Integer gradientAccumulation,

        @Range(min = 1) @Doc("Passes over each rollout (default by preset: 4; openrlhf: 1).")
        Integer ppoEpochs,

        @Doc("How departing from the reference is measured and priced.")
        KlOptions kl,

        @Range(min = 0, max = 1) @Doc("Discount of later rewards (default 1).")
        Double gamma,

        @Range(min = 0, max = 1)
        @Doc("Decay of generalised advantage estimation (default by preset: 0.95; openrlhf: 1).")
        Double lam,

        @Range(min = 0, minExclusive = true)
        @Doc("How far the ratio of new to old probability may leave 1 (default 0.2).")
        Double cliprange,

        @Range(min = 0, minExclusive = true)
        @Doc("How far a new value may leave the old one (default by preset: 0.2; openrlhf: 0.5).")
        Double cliprangeValue,

        @Range(min = 0) @Doc("Weight of the value loss (default 0.1).")
        Double vfCoef,

        @Doc(
                "Whiten per-token rewards, keeping their mean, before the advantages (default by preset: openai-2019 only).")
        Boolean whitenRewards,

        @Doc("Whiten advantages over the response tokens of a rollout (default true).")
        Boolean whitenAdvantages,

        @Doc("Divisor of every whitening: unbiased is TRL's, biased is OpenAI's (default by preset).")
        Variance variance,

        @Doc("Whose masks and score position: classic (TRL v0.4 to v0.11) or v1 (default by preset).")
        Era era,

        @Doc("What happens to the scores before they become rewards.")
        ScoreOptions score,

        @Range(min = 0) @Doc("Subtracted from the score of a response without an end token (default 0).")
        Double missingEosPenalty,

        @Range(min = 0)
        @Doc("Ends a rollout's epochs once the policy moved 1.5 times this many nats; 0 never (default 0).")
        Double targetKl,

        @Range(min = 0)
        @Doc("A mini-batch whose mean ratio is above it is left out; 0 never (default by preset: trl-classic 10).")
        Double ratioThreshold,

        @Doc("Start of the value head: zero, or random as torch starts a linear (default by preset).")
        ValueHead valueHead,

        @Doc("Allow sampling that is not from the policy itself, which makes the KL wrong (default false).")
        Boolean unsafeSampling,

        @Range(min = 0) @Doc("Steps between tables of samples before and after; 0 for none (default 10).")
        Integer samplesEvery,

        @Range(min = 0) @Doc("Steps between two checkpoints from which --resume goes on; 0 for none (default 0).")
        Integer saveSteps,

        @Range(min = 0, minExclusive = true)
        @Doc("Minutes after which a checkpoint is due whatever the steps; no such rule if absent.")
        Double saveMinutes,

        @Range(min = 1) @Doc("Newest checkpoints that are kept (default 2).")
        Integer saveTotalLimit) {

    /** How the value head starts. */
    public enum ValueHead {
        ZERO,
        RANDOM
    }

    public PpoOptions {
        preset = or(preset, PpoPreset.TRL_CLASSIC);
        PpoPreset.Numbers numbers = preset.numbers();
        PpoPreset.Loop loop = preset.loop();
        steps = or(steps, 100);
        batchSize = or(batchSize, loop.batch());
        miniBatchSize = or(miniBatchSize, preset.miniBatch(batchSize));
        gradientAccumulation = or(gradientAccumulation, 1);
        ppoEpochs = or(ppoEpochs, loop.epochs());
        kl = kl == null ? numbers.kl() : kl.filled(numbers.kl());
        gamma = or(gamma, 1.0);
        lam = or(lam, numbers.lambda());
        cliprange = or(cliprange, 0.2);
        cliprangeValue = or(cliprangeValue, numbers.clipRangeValue());
        vfCoef = or(vfCoef, 0.1);
        whitenRewards = or(whitenRewards, numbers.whitenRewards());
        whitenAdvantages = or(whitenAdvantages, true);
        variance = or(variance, loop.variance());
        era = or(era, loop.era());
        ScoreOptions presetScore = ScoreOptions.clipped(numbers.scoreClip());
        score = score == null ? presetScore : score.filled(presetScore);
        missingEosPenalty = or(missingEosPenalty, 0.0);
        targetKl = or(targetKl, 0.0);
        ratioThreshold = or(ratioThreshold, numbers.ratioThreshold());
        valueHead = or(valueHead, loop.valueHead());
        unsafeSampling = or(unsafeSampling, false);
        samplesEvery = or(samplesEvery, 10);
        saveSteps = or(saveSteps, 0);
        saveTotalLimit = or(saveTotalLimit, 2);
        checkSizes(batchSize, miniBatchSize, gradientAccumulation);
        check(steps >= 1, "steps", "at least 1", steps);
        check(ppoEpochs >= 1, "ppoEpochs", "at least 1", ppoEpochs);
        check(missingEosPenalty >= 0, "missingEosPenalty", "at least 0", missingEosPenalty);
        check(targetKl >= 0, "targetKl", "at least 0 (0 never stops)", targetKl);
        check(ratioThreshold == 0 || ratioThreshold > 1, "ratioThreshold", "above 1 (or 0 for none)", ratioThreshold);
        check(samplesEvery >= 0, "samplesEvery", "at least 0 (0 for none)", samplesEvery);
        check(saveMinutes == null || saveMinutes > 0, "saveMinutes", "above 0", saveMinutes);
        check(saveSteps >= 0, "saveSteps", "at least 0 (0 for none)", saveSteps);
        check(saveTotalLimit >= 1, "saveTotalLimit", "at least 1", saveTotalLimit);
        check(gamma >= 0 && gamma <= 1, "gamma", "from 0 to 1", gamma);
        check(lam >= 0 && lam <= 1, "lam", "from 0 to 1", lam);
        check(cliprange > 0, "cliprange", "above 0", cliprange);
        check(cliprangeValue > 0, "cliprangeValue", "above 0", cliprangeValue);
        check(vfCoef >= 0, "vfCoef", "at least 0", vfCoef);
    }

    /** All of a preset's numbers. */
    public static PpoOptions of(PpoPreset preset) {
        return new PpoOptions(
                preset, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null);
    }

    private static void checkSizes(int batch, int miniBatch, int accumulation) {
        check(batch >= 1, "batchSize", "at least 1", batch);
        check(miniBatch >= 1, "miniBatchSize", "at least 1", miniBatch);
        check(accumulation >= 1, "gradientAccumulation", "at least 1", accumulation);
        if (batch % miniBatch != 0) {
            throw new IllegalArgumentException(
                    "miniBatchSize: must divide batch_size, which is " + batch + ", was " + miniBatch);
        }
        int miniBatches = batch / miniBatch;
        if (miniBatches % accumulation != 0) {
            throw new IllegalArgumentException("gradientAccumulation: must divide the number of mini-batches, which is "
                    + miniBatches + " (" + batch + " / " + miniBatch + "), was " + accumulation);
        }
    }

    private static void check(boolean holds, String key, String wanted, Number found) {
        if (!holds) {
            throw new IllegalArgumentException(key + ": must be " + wanted + ", was " + found);
        }
    }

    private static <T> T or(T given, T otherwise) {
        return given != null ? given : otherwise;
    }

    private static double infiniteAt0(double limit) {
        return limit == 0 ? Double.POSITIVE_INFINITY : limit;
    }

    /** Episodes of one optimiser step. */
    int episodesPerUpdate() {
        return miniBatchSize * gradientAccumulation;
    }

    /** Optimiser steps of a whole run, if no rollout is left early. */
    public long optimizerSteps() {
        return (long) steps * ppoEpochs * (batchSize / episodesPerUpdate());
    }

    /** The same algorithm, whenever it is saved. */
    PpoOptions deciding() {
        return new PpoOptions(
                preset,
                steps,
                batchSize,
                miniBatchSize,
                gradientAccumulation,
                ppoEpochs,
                kl,
                gamma,
                lam,
                cliprange,
                cliprangeValue,
                vfCoef,
                whitenRewards,
                whitenAdvantages,
                variance,
                era,
                score,
                missingEosPenalty,
                targetKl,
                ratioThreshold,
                valueHead,
                unsafeSampling,
                samplesEvery,
                null,
                null,
                null);
    }

    /** The numbers of the formulas. */
    public PpoSettings formulas() {
        return new PpoSettings(
                gamma, lam, whitenRewards, variance, cliprange, cliprangeValue, vfCoef, infiniteAt0(ratioThreshold));
    }

    ScoreProcessing scoreProcessing() {
        return new ScoreProcessing(score.scale(), score.normalise(), infiniteAt0(score.clip()), missingEosPenalty);
    }

    double klLimit() {
        return infiniteAt0(targetKl);
    }
}
