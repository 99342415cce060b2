package dev.trefoil.data;

/** A literal text that is replaced wherever it stands in a value, for instance {@code <br />} by a line end. */
public record Replacement(String from, String to) {

    public Replacement {
        if (from == null || from.isEmpty()) {
            throw new IllegalArgumentException("from: must not be empty; it is the text to replace");
        }
        if (to == null) {
            throw new IllegalArgumentException("to: is missing; write `to: ''` to remove the text");
        }
    }
}
