package dev.trefoil.quant;

/**
 * Sizes of a decoder.
 *
 * @param vocabSize rows of the embedding, padding rows included
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim width of one head; {@code heads * headDim} may differ from {@code hiddenSize}
 * @param intermediateSize inner width of the MLP (of one half, when it is gated)
 * @param contextLength positions that the model was made for
 */
public record Shape(
        int vocabSize,
        int hiddenSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int intermediateSize,
        int contextLength) {

    /** Far above any model; keeps damaged files from asking for absurd amounts of memory. */
    private static final int MOST = 1 << 24;

    private static final int MOST_LAYERS = 4096;

    public Shape {
        positive("vocabSize", vocabSize);
        positive("hiddenSize", hiddenSize);
        positive("layers", layers);
        positive("heads", heads);
        positive("kvHeads", kvHeads);
        positive("headDim", headDim);
        positive("intermediateSize", intermediateSize);
        positive("contextLength", contextLength);
        if (layers > MOST_LAYERS || (long) heads * headDim > MOST) {
            throw new IllegalArgumentException("found " + layers + " layers and " + heads + " heads of width " + headDim
                    + ", wanted at most " + MOST_LAYERS + " layers and a product of " + MOST);
        }
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "kvHeads: found " + kvHeads + ", wanted a divisor of the " + heads + " heads");
        }
    }

    private static void positive(String name, int value) {
        if (value <= 0 || value > MOST) {
            throw new IllegalArgumentException(name + ": found " + value + ", wanted 1 to " + MOST);
        }
    }

    /** Rows of the query part of qkv, and columns of the out product. */
    public int queryRows() {
        return heads * headDim;
    }

    /** Rows of the key part of qkv, and of the value part. */
    public int keyRows() {
        return kvHeads * headDim;
    }

    public int qkvRows() {
        return queryRows() + 2 * keyRows();
    }
}
