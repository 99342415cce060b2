package dev.trefoil.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A prompt to answer.
 *
 * @param templated true: written by a chat template, so it holds all its special tokens and no more are added
 * @param metadata the row's other columns, which a reward model may use
 */
public record PromptSample(String prompt, boolean templated, Map<String, Object> metadata) implements Sample {

    public PromptSample {
        Objects.requireNonNull(prompt, "prompt");
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** A plain text. */
    public PromptSample(String prompt, Map<String, Object> metadata) {
        this(prompt, false, metadata);
    }

    @Override
    public int chars() {
        return prompt.length();
    }
}
