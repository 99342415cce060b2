package dev.trefoil.model;

/** Number format of activations: float32 for parity, bfloat16 for speed. */
public enum Compute {
    FP32,
    BF16
}
