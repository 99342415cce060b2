package dev.trefoil.stage.ppo;

import dev.trefoil.optim.AdamSettings;
import dev.trefoil.optim.AdamSettings.EpsilonMode;
import dev.trefoil.rl.Era;
import dev.trefoil.rl.MaskedStatistics.Variance;

/** Published sets of PPO numbers. A preset fills the keys that a file leaves out. */
public enum PpoPreset {
    /**
     * {@code PPOConfig} of TRL v0.7 to v0.11, which the recipes for RLHF with PEFT adapters used: adaptive KL 0.2 towards 6,
     * lambda 0.95, four epochs, learning rate 1.41e-5, guard at a mean ratio of 10, no gradient clipping.
     */
    TRL_CLASSIC(
            new Loop(128, 4, Era.CLASSIC, Variance.UNBIASED, PpoOptions.ValueHead.RANDOM),
            new Numbers(KlOptions.adaptive(0.2), 0.95, 0.2, false, 0, 10, 0),
            new Step(1.41e-5, "constant", AdamSettings.defaults()),
            new Text(32, 1.0)),

    /** {@code trl/experimental/ppo} of TRL 1.x: fixed KL 0.05, learning rate 3e-6 falling to 0, temperature 0.7, 53 tokens. */
    TRL_1X(
            new Loop(64, 4, Era.V1, Variance.UNBIASED, PpoOptions.ValueHead.ZERO),
            new Numbers(KlOptions.fixed(0.05), 0.95, 0.2, false, 0, 0, 1),
            new Step(3e-6, "linear", AdamSettings.defaults()),
            new Text(53, 0.7)),

    /**
     * Ziegler et al., https://arxiv.org/abs/1909.08593, sentiment task, as retold by "The N implementation details of RLHF with
     * PPO": adaptive KL 0.15, whitened rewards, biased variances, Adam's epsilon as TensorFlow places it, rate to 0 linearly,
     * value head from zero, temperature 0.7, 24 tokens.
     */
    OPENAI_2019(
            new Loop(512, 4, Era.CLASSIC, Variance.BIASED, PpoOptions.ValueHead.ZERO),
            new Numbers(KlOptions.adaptive(0.15), 0.95, 0.2, true, 0, 0, 0),
            new Step(1e-5, "linear", new AdamSettings(0.9, 0.999, 1e-5, 0, EpsilonMode.TF)),
            new Text(24, 0.7)),

    /**
     * OpenRLHF's defaults: fixed KL 0.01, lambda 1, one epoch of mini-batches of 128 in rollouts of 1024, value clip 0.5, scores
     * clipped at 10, gradient norm 1, betas 0.9 and 0.95, the actor's learning rate 1e-6 for actor and value head.
     */
    OPENRLHF(
            new Loop(1024, 1, Era.CLASSIC, Variance.BIASED, PpoOptions.ValueHead.RANDOM),
            new Numbers(KlOptions.fixed(0.01), 1.0, 0.5, false, 10, 0, 1),
            new Step(1e-6, "constant", new AdamSettings(0.9, 0.95, 1e-8, 0, EpsilonMode.TORCH)),
            new Text(128, 1.0));

    /** Sizes, epochs and whose conventions. */
    record Loop(int batch, int epochs, Era era, Variance variance, PpoOptions.ValueHead valueHead) {}

    /** Of the formulas; a clip, guard or norm of 0 is off. */
    record Numbers(
            KlOptions kl,
            double lambda,
            double clipRangeValue,
            boolean whitenRewards,
            double scoreClip,
            double ratioThreshold,
            double maxGradNorm) {}

    /** Of the optimiser. */
    record Step(double learningRate, String schedule, AdamSettings adam) {}

    /** Of sampling. */
    record Text(int maxNewTokens, double temperature) {}

    private final Loop loop;
    private final Numbers numbers;
    private final Step step;
    private final Text text;

    PpoPreset(Loop loop, Numbers numbers, Step step, Text text) {
        this.loop = loop;
        this.numbers = numbers;
        this.step = step;
        this.text = text;
    }

    Loop loop() {
        return loop;
    }

    Numbers numbers() {
        return numbers;
    }

    Step step() {
        return step;
    }

    Text text() {
        return text;
    }

    /** Mini-batch size when only the rollout's is known: the published one, or the whole rollout. */
    int miniBatch(int batch) {
        return this == OPENRLHF ? Math.min(128, batch) : batch;
    }
}
