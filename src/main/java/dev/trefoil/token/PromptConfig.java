package dev.trefoil.token;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import java.util.Objects;

/**
 * Which part of a text is the prompt. With beginning, the number of tokens is drawn evenly between the two limits.
 */
public record PromptConfig(
        @Doc("whole: the whole text is the prompt; beginning: its first tokens.")
        Take take,

        @Range(min = 1) @Doc("Fewest tokens taken from the beginning.")
        int minTokens,

        @Range(min = 1) @Doc("Most tokens taken from the beginning; for whole prompts, longer ones are dropped.")
        int maxTokens) {

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
