package dev.trefoil.bench;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.train.LoraSettings;
import java.util.Objects;

/** One step of the reward stage: pairs of two texts of full length, an adapter and a score head. */
public record RewardShape(
        @Range(min = 1) @Doc("Pairs of a step.") int pairs,

        @Range(min = 2) @Doc("Tokens of each of the two texts.")
        int length,

        @Doc("The adapter that is trained with the head.") LoraSettings lora) {

    public RewardShape {
        Objects.requireNonNull(lora, "lora");
    }

    static RewardShape defaults() {
        return new RewardShape(4, 256, LoraSettings.of(8, 32, 0.1));
    }
}
