package dev.trefoil.stage.reward;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.data.DataConfig;

/** Evaluation of the reward stage: section {@code eval}. How often it happens is {@code train.eval_steps}. */
public record RewardEvalConfig(
        @Doc("Pairs that are not trained on, described like the training data; no evaluation if absent.")
        DataConfig data,

        @Doc(
                "Seals the weights of the lowest held-out loss in place of the last ones; their accuracy then flatters a little.")
        boolean keepBest,

        @Range(min = 1) @Doc("Evaluations without a lower loss after which training stops; never if absent.")
        Integer patience) {

    public RewardEvalConfig {
        if (patience != null && patience < 1) {
            throw new IllegalArgumentException("patience: must be at least 1, was " + patience);
        }
        if (patience != null && data == null) {
            throw new IllegalArgumentException("patience: needs held-out pairs, found none; give eval.data.path");
        }
    }

    /** No held-out pairs; the last weights are sealed. */
    public static RewardEvalConfig defaults() {
        return of(null);
    }

    /** Evaluation only. */
    public static RewardEvalConfig of(DataConfig data) {
        return new RewardEvalConfig(data, false, null);
    }
}
