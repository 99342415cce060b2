package dev.trefoil.quant;

/** How the linears of the blocks are stored. */
public enum Precision {
    /** Rows of int8 with one float32 absmax each, see {@link RowQuantiser}. */
    INT8("I8", 1),
    BF16("BF16", 2),
    FP32("F32", 4);

    private final String dtype;
    private final int elementBytes;

    Precision(String dtype, int elementBytes) {
        this.dtype = dtype;
        this.elementBytes = elementBytes;
    }

    /** The name in safetensors. */
    public String dtype() {
        return dtype;
    }

    public int elementBytes() {
        return elementBytes;
    }
}
