package dev.trefoil.data;

import java.util.Objects;

/** A text with its class, as the file writes it. */
public record LabelledSample(String text, String label) implements Sample {

    public LabelledSample {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(label, "label");
    }

    @Override
    public int chars() {
        return text.length();
    }
}
