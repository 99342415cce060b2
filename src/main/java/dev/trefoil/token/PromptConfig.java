package dev.trefoil.token;

import java.util.Objects;

/**
 * Which part of a text is the prompt.
 *
 * @param take the whole text, or its beginning
 * @param minTokens smallest number of tokens taken from the beginning
 * @param maxTokens largest number; equal to minTokens for a fixed one. For whole prompts: the longest that is kept
 */
public record PromptConfig(Take take, int minTokens, int maxTokens) {

    /** The whole text, or its first tokens, as many as a random number between the two limits says. */
    public enum Take {
        WHOLE,
        BEGINNING
    }

    public PromptConfig {
        Objects.requireNonNull(take, "take");
        if (minTokens < 1) {
            throw new IllegalArgumentException("minTokens: must be at least 1, was " + minTokens);
        }
        if (maxTokens < minTokens) {
            throw new IllegalArgumentException(
                    "maxTokens: must not be below minTokens, which is " + minTokens + ", was " + maxTokens);
        }
    }

    public static PromptConfig defaults() {
        return whole(512);
    }

    public static PromptConfig whole(int maxTokens) {
        return new PromptConfig(Take.WHOLE, 1, maxTokens);
    }

    public static PromptConfig beginning(int minTokens, int maxTokens) {
        return new PromptConfig(Take.BEGINNING, minTokens, maxTokens);
    }
}
