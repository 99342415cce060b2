package dev.trefoil.data;

import java.util.Objects;

/** A prompt and the completion to learn; the text is the two joined without anything between. */
public record CompletionSample(String prompt, String completion) implements Sample {

    public CompletionSample {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(completion, "completion");
    }

    @Override
    public int chars() {
        return prompt.length() + completion.length();
    }
}
