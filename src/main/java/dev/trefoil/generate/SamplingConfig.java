package dev.trefoil.generate;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/**
 * How the next token is drawn. The defaults are pure sampling from the model's own distribution, which PPO needs.
 *
 * @param maxNewTokens tokens to add at most
 * @param temperature divides the logits
 * @param topK keeps the most probable; 0 for all
 * @param topP keeps the fewest tokens that reach this mass; 1 for all
 * @param minP drops tokens below this share of the best one's probability; 0 for none
 * @param repetitionPenalty over 1 makes tokens that occurred less likely
 * @param greedy takes the most probable token
 * @param minNewTokens a stop token is not drawn before
 */
public record SamplingConfig(
        @Range(min = 1) @Doc("Tokens to add at most.") int maxNewTokens,

        @Range(min = 0, minExclusive = true) @Doc("Divides the logits.")
        double temperature,

        @Range(min = 0) @Doc("Keeps that many most probable tokens; 0 for all.")
        int topK,

        @Range(min = 0, max = 1, minExclusive = true) @Doc("Keeps the fewest tokens that reach this mass; 1 for all.")
        double topP,

        @Range(min = 0, max = 1) @Doc("Drops tokens below this share of the best one's probability.")
        double minP,

        @Range(min = 0, minExclusive = true) @Doc("Over 1: tokens that occurred become less likely.")
        double repetitionPenalty,

        @Doc("Takes the most probable token instead of drawing.")
        boolean greedy,

        @Range(min = 0) @Doc("A stop token is not drawn before that many tokens.")
        int minNewTokens) {

    public static SamplingConfig defaults() {
        return new SamplingConfig(64, 1, 0, 1, 0, 1, false, 0);
    }

    public static SamplingConfig greedy(int maxNewTokens) {
        return new SamplingConfig(maxNewTokens, 1, 0, 1, 0, 1, true, 0);
    }

    public SamplingConfig withMaxNewTokens(int count) {
        return new SamplingConfig(count, temperature, topK, topP, minP, repetitionPenalty, greedy, minNewTokens);
    }

    /** Whether tokens come from the model's own distribution, by temperature alone. */
    public boolean isPure() {
        return topK == 0 && topP == 1 && minP == 0 && repetitionPenalty == 1 && !greedy && minNewTokens == 0;
    }

    /** In the order of decode.py. */
    float[] options(int pad) {
        return new float[] {
            (float) temperature,
            topK,
            (float) topP,
            (float) minP,
            (float) repetitionPenalty,
            greedy ? 1 : 0,
            pad,
            minNewTokens
        };
    }
}
