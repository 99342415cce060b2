package dev.trefoil.stage.reward;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/** Terms of the reward model's loss: section {@code loss}. */
public record RewardLossConfig(
        @Range(min = 0)
        @Doc(
                "Factor of the mean of (chosen + rejected)^2, which holds the scores near 0; 0.01 is usual, 0 leaves it out.")
        double centerCoefficient,

        @Doc("Asks each pair for the lead that the data's margin column gives.")
        boolean margin) {

    /** The plain pairwise loss. */
    public static RewardLossConfig defaults() {
        return new RewardLossConfig(0, false);
    }
}
