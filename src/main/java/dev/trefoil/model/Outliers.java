package dev.trefoil.model;

/** What LLM.int8() multiplies in float. */
public enum Outliers {
    /** Every column with an outlier in any row of the batch, as published; a row's result depends on the rows beside it. */
    COLUMNS,
    /** The outliers alone; a row's result is its own, so a score does not depend on the batch. */
    ENTRIES,
    /** The columns that stand out most in the batch, whatever their size, and those of gradients on the way back. */
    LARGEST
}
