package dev.trefoil.plan;

/**
 * One thing that takes memory.
 *
 * @param bytes its size
 * @param mapped whether it is a mapped file: shared by all processes, and evicted instead of killed when memory is short
 */
public record Part(String name, long bytes, boolean mapped) {

    static final String GRADIENTS = "their gradients";
    static final String STATE = "their optimiser state";

    public Part {
        if (bytes < 0) {
            throw new IllegalArgumentException(name + ": must not be negative, was " + bytes);
        }
    }

    static Part of(String name, long bytes) {
        return new Part(name, bytes, false);
    }
}
