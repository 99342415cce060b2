package dev.trefoil.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A prompt to answer.
 *
 * @param metadata the row's other columns, which a reward model may use
 */
public record PromptSample(String prompt, Map<String, Object> metadata) implements Sample {

    public PromptSample {
        Objects.requireNonNull(prompt, "prompt");
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    @Override
    public int chars() {
        return prompt.length();
    }
}
