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
        Truncate truncate) {

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
    }

    public static PreferenceConfig defaults() {
        return new PreferenceConfig(512, Truncate.PROMPT_LEFT);
    }
}
