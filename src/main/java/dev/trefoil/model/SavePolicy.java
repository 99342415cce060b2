package dev.trefoil.model;

/** What a training pass keeps of each block for the pass back; the rest is computed once more. */
public enum SavePolicy {
    /** The block's input alone: least memory, one more forward. */
    INPUTS,
    /** All but attention probabilities, which grow with the square of the length, and what the feed-forward part has activated. */
    ATTENTION,
    /** Everything: fastest. */
    ALL,
    /** The fastest that fits in the free memory by the plan; a base that is opened without a plan takes all. */
    AUTO;

    /** As block.py counts them. */
    int code() {
        return this == AUTO ? ALL.ordinal() : ordinal();
    }
}
