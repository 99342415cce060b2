package dev.trefoil.model;

/** What a training pass keeps of each block for the pass back; the rest is computed once more. */
public enum SavePolicy {
    /** The block's input alone: least memory, one more forward. */
    INPUTS,
    /** All but attention probabilities, which grow with the square of the length. */
    ATTENTION,
    /** Everything: fastest. */
    ALL;

    /** As block.py counts them. */
    int code() {
        return ordinal();
    }
}
