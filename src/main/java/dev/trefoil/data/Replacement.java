package dev.trefoil.data;

import java.util.Objects;

/** A literal text that is replaced wherever it stands in a value, for instance {@code <br />} by a line end. */
public record Replacement(String from, String to) {

    public Replacement {
        Objects.requireNonNull(to, "to");
        if (from == null || from.isEmpty()) {
            throw new IllegalArgumentException("from: must not be empty; it is the text to replace");
        }
    }
}
