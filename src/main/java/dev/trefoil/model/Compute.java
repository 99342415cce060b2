package dev.trefoil.model;

/** Number format of activations: float32 for parity, bfloat16 for speed. */
public enum Compute {
    FP32(4),
    BF16(2);

    private final int bytes;

    Compute(int bytes) {
        this.bytes = bytes;
    }

    /** Of one number. */
    public int bytes() {
        return bytes;
    }
}
