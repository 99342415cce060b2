package dev.trefoil.plan;

/** What a layer keeps between the pass forward and the pass back. */
public enum Saving {
    /** Its input; all else is computed anew. */
    INPUTS,
    /** All but the attention probabilities and what the feed-forward part has activated. */
    ATTENTION,
    /** Everything. */
    ALL
}
