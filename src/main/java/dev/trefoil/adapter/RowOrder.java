package dev.trefoil.adapter;

/**
 * In which order a published tensor keeps the rows of a canonical one. Canonical rows stand part by part (all of q, all of k, all
 * of v); published ones may stand head by head, each with its parts: [heads, parts, width] for [parts, heads, width].
 *
 * @param heads 1 where the published order is the canonical one
 * @param parts what is interleaved in a head: 3 for query, key and value
 * @param width rows of one part of one head
 */
public record RowOrder(int heads, int parts, int width) {

    /** Both orders are the same. */
    public static final RowOrder SAME = new RowOrder(1, 1, 1);

    public RowOrder {
        if (heads < 1 || parts < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "row order: found " + heads + ", " + parts + " and " + width + ", wanted numbers above 0");
        }
    }

    /** Query, key and value rows head by head, as GPT-NeoX and BLOOM have them. */
    public static RowOrder headByHead(int heads, int headDim) {
        return new RowOrder(heads, 3, headDim);
    }

    public boolean same() {
        return heads == 1 || parts == 1;
    }

    /** The published row that is a canonical one. */
    public int published(int canonical) {
        if (same()) {
            return canonical;
        }
        int part = canonical / (heads * width);
        int head = canonical / width % heads;
        return (head * parts + part) * width + canonical % width;
    }
}
