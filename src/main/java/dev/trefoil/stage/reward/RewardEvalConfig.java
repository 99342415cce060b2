package dev.trefoil.stage.reward;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.config.Required;
import dev.trefoil.data.DataConfig;

/** Held-out pairs: section {@code eval}. */
public record RewardEvalConfig(
        @Required @Doc("Pairs that are not trained on, described like the training data.")
        DataConfig data,

        @Doc("Seals the weights of the evaluation with the lowest loss in place of the last ones.")
        boolean keepBest,

        @Range(min = 1) @Doc("Evaluations without a lower loss after which training stops; never if absent.")
        Integer patience) {

    /** Evaluation only; the last weights are sealed. */
    public static RewardEvalConfig defaults() {
        return of(null);
    }

    public static RewardEvalConfig of(DataConfig data) {
        return new RewardEvalConfig(data, false, null);
    }
}
