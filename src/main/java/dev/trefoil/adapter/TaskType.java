package dev.trefoil.adapter;

/** What the adapted model does; the names are PEFT's. */
public enum TaskType {
    /** Next-token prediction. */
    CAUSAL_LM,
    /** A score for a text, through a {@code score} head saved with the adapter. */
    SEQ_CLS
}
