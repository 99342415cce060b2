package dev.trefoil.stage.sft;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.data.DataConfig;

/** Evaluation of the supervised stage: section {@code eval}. How often it happens is {@code train.eval_steps}. */
public record SftEvalConfig(
        @Doc("Texts that are not trained on; no evaluation if absent. Packed like the training data, all rows.")
        DataConfig data,

        @Doc("Keeps the adapter of the lowest evaluation loss; false keeps the last one.")
        boolean keepBest,

        @Range(min = 1)
        @Doc("Ends training after this many evaluations in a row without a lower loss; never if absent.")
        Integer patience,

        @Range(min = 0) @Doc("Texts that are written before and after training, for people.")
        int samples,

        @Range(min = 1) @Doc("First tokens of an evaluation text that a sample text goes on from.")
        int samplePromptTokens,

        @Range(min = 1) @Doc("New tokens of a sample text at most.")
        int sampleTokens) {

    public SftEvalConfig {
        if (patience != null && patience < 1) {
            throw new IllegalArgumentException("patience: must be at least 1, was " + patience);
        }
        if (patience != null && data == null) {
            throw new IllegalArgumentException("patience: needs evaluation data, found none; give eval.data.path");
        }
        if (samples < 0 || samplePromptTokens < 1 || sampleTokens < 1) {
            throw new IllegalArgumentException("samples: must be at least 0, and sample tokens at least 1, were "
                    + samples + ", " + samplePromptTokens + " and " + sampleTokens);
        }
    }

    /** No evaluation data; the best adapter is kept once there are some; four sample texts. */
    public static SftEvalConfig defaults() {
        return new SftEvalConfig(null, true, null, 4, 8, 48);
    }

    public SftEvalConfig withData(DataConfig texts) {
        return new SftEvalConfig(texts, keepBest, patience, samples, samplePromptTokens, sampleTokens);
    }

    public SftEvalConfig withPatience(Integer evaluations) {
        return new SftEvalConfig(data, keepBest, evaluations, samples, samplePromptTokens, sampleTokens);
    }

    public SftEvalConfig withSamples(int count, int promptTokens, int newTokens) {
        return new SftEvalConfig(data, keepBest, patience, count, promptTokens, newTokens);
    }
}
