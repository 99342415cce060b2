package dev.trefoil.model;

/** Of which tokens heads read the last hidden state of a pass. */
public enum Reads {
    ALL_TOKENS,
    /** Of the last one of each row, so that the last block computes but keys and values for the others. */
    LAST_TOKENS
}
