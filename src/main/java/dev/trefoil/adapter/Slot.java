package dev.trefoil.adapter;

/** The four frozen products of a decoder block, in the canonical layout of a base store. */
public enum Slot {
    /** Query, key and value rows as one product. */
    QKV,
    /** The projection behind the attention. */
    OUT,
    /** The first product of the MLP: gate and up rows when it is gated. */
    UP,
    /** The second product of the MLP. */
    DOWN
}
