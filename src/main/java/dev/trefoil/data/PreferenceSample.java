package dev.trefoil.data;

import java.util.Objects;

/**
 * Two answers to one prompt, the first preferred.
 *
 * @param prompt may be empty
 * @param margin by how much the first is better, in the data set's own unit; null when it does not say
 */
public record PreferenceSample(String prompt, String chosen, String rejected, Double margin) implements Sample {

    public PreferenceSample {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(chosen, "chosen");
        Objects.requireNonNull(rejected, "rejected");
    }

    /** The prompt and the longer of the two answers. */
    @Override
    public int chars() {
        return prompt.length() + Math.max(chosen.length(), rejected.length());
    }
}
