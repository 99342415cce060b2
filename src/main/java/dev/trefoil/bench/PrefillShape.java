package dev.trefoil.bench;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/** One forward pass of the bare base over full rows, with the log-probabilities of the next token at every position. */
public record PrefillShape(
        @Range(min = 1) @Doc("Rows.") int batchSize,
        @Range(min = 2) @Doc("Tokens of a row.") int length) {

    static PrefillShape defaults() {
        return new PrefillShape(4, 512);
    }
}
