package dev.trefoil.bench;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import java.util.List;

/** Greedy generation by the bare base; nothing ends a response before its length. */
public record GenerateShape(
        @Range(min = 1) @Doc("Prompts at once; each number is a measurement of its own.")
        List<Integer> batchSizes,

        @Range(min = 1) @Doc("Tokens of a prompt.") int promptTokens,
        @Range(min = 1) @Doc("New tokens of a response.") int newTokens) {

    public GenerateShape {
        batchSizes = List.copyOf(batchSizes);
        if (batchSizes.isEmpty() || batchSizes.stream().anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException("batchSizes: must be numbers of at least 1, were " + batchSizes);
        }
    }

    static GenerateShape defaults() {
        return new GenerateShape(List.of(1, 16), 32, 128);
    }
}
