package dev.trefoil.bench;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.train.LoraSettings;
import java.util.Objects;

/** One PPO step with policy, reference, value head and a reward; responses have full length. */
public record PpoShape(
        @Range(min = 1) @Doc("Prompts of a rollout.") int batchSize,
        @Range(min = 1) @Doc("Tokens of a prompt.") int promptTokens,
        @Range(min = 1) @Doc("New tokens of a response.") int newTokens,
        @Range(min = 1) @Doc("Passes over a rollout.") int epochs,

        @Range(min = 1)
        @Doc("Responses that go through the model at once, one optimiser step each; the rollout if absent.")
        Integer miniBatchSize,

        @Doc(
                "Score by a reward model over the same base, made in one small step before; else by a rule that counts words.")
        boolean rewardModel,

        @Doc("The adapter that is trained; dropout is always 0.")
        LoraSettings lora) {

    public PpoShape {
        Objects.requireNonNull(lora, "lora");
        if (miniBatchSize != null && (miniBatchSize < 1 || batchSize % miniBatchSize != 0)) {
            throw new IllegalArgumentException(
                    "miniBatchSize: must divide batch_size, which is " + batchSize + ", was " + miniBatchSize);
        }
    }

    static PpoShape defaults() {
        return new PpoShape(
                16, 12, 32, 4, null, false, LoraSettings.of(16, 32, 0).withTargets("all-linear"));
    }

    int rowsAtOnce() {
        return miniBatchSize == null ? batchSize : miniBatchSize;
    }

    /** Optimiser steps of one PPO step. */
    int updates() {
        return epochs * (batchSize / rowsAtOnce());
    }
}
