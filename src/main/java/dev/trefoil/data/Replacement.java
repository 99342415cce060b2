package dev.trefoil.data;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;

/**
 * A literal text that is replaced wherever it stands in a value.
 */
public record Replacement(
        @Required @Doc("The literal text to replace, such as <br />.")
        String from,

        @Required @Doc("What stands there instead.") String to) {

    public Replacement {
        if (from == null || from.isEmpty()) {
            throw new IllegalArgumentException("from: must not be empty; it is the text to replace");
        }
        if (to == null) {
            throw new IllegalArgumentException("to: is missing; write `to: ''` to remove the text");
        }
    }
}
