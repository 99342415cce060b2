package dev.trefoil.plan;

/** What a layer keeps between the pass forward and the pass back. */
public enum Saving {
    /** Its input; all else is computed anew. */
    INPUTS,
    /** All but the attention probabilities. */
    ATTENTION,
    /** Everything. */
    ALL
}
