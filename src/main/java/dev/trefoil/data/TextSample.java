package dev.trefoil.data;

import java.util.Objects;

/** A plain text: every token is learned. */
public record TextSample(String text) implements Sample {

    public TextSample {
        Objects.requireNonNull(text, "text");
    }

    @Override
    public int chars() {
        return text.length();
    }
}
