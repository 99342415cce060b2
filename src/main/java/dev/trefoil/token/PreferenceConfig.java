package dev.trefoil.token;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import java.util.Objects;

/**
 * How long preference texts may be.
 */
public record PreferenceConfig(
        @Range(min = 2) @Doc("Tokens of prompt, answer and end token together.")
        int length,

        @Doc(
                "What is cut from longer texts: right (the end), prompt-left (first the beginning of the prompt) or drop (the pair).")
        Truncate truncate,

        @Range(min = 1)
        @Doc(
                "Last tokens of the prompt that are kept however short the answer is; with prompt-left only. All that fit if absent.")
        Integer promptLength) {

    /** What is cut from a text that is too long. */
    public enum Truncate {
        /** The end of the whole text; the end token stays inside the length. */
        RIGHT,
        /** First the beginning of the prompt, then the end of the answer: the answer keeps its first tokens. */
        PROMPT_LEFT,
        /** Nothing: pairs with a side too long are dropped. */
        DROP
    }

    public PreferenceConfig {
        Objects.requireNonNull(truncate, "truncate");
        if (length < 2) {
            throw new IllegalArgumentException("length: must be at least 2 (a token and the end token), was " + length);
        }
        if (promptLength != null && promptLength < 1) {
            throw new IllegalArgumentException("promptLength: must be at least 1, was " + promptLength);
        }
        if (promptLength != null && truncate != Truncate.PROMPT_LEFT) {
            throw new IllegalArgumentException(
                    "promptLength: goes with truncate: prompt-left, was " + promptLength + " beside another");
        }
    }

    /** As much of the prompt as fits. */
    public PreferenceConfig(int length, Truncate truncate) {
        this(length, truncate, null);
    }

    public static PreferenceConfig defaults() {
        return new PreferenceConfig(512, Truncate.PROMPT_LEFT);
    }
}
