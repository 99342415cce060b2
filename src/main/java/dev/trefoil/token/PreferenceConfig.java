package dev.trefoil.token;

import java.util.Objects;

/**
 * How long preference texts may be.
 *
 * @param length tokens of prompt, answer and end token together
 * @param truncate what is cut when there are more
 */
public record PreferenceConfig(int length, Truncate truncate) {

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
