package dev.trefoil.token;

import java.util.Arrays;

/**
 * One row before padding: see {@link Batch} for what the arrays mean. All are [length].
 */
public record TokenRow(int[] ids, int[] positions, int[] documents, boolean[] counts) {

    public TokenRow {
        if (ids.length != positions.length || ids.length != documents.length || ids.length != counts.length) {
            throw new IllegalArgumentException("arrays of a row must be equally long, were " + ids.length + ", "
                    + positions.length + ", " + documents.length + " and " + counts.length);
        }
    }

    /** One document without labels. */
    static TokenRow unlabelled(int[] ids) {
        int[] positions = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            positions[i] = i;
        }
        return new TokenRow(ids, positions, new int[ids.length], new boolean[ids.length]);
    }

    /** The first tokens, as a row of their own. */
    public TokenRow first(int tokens) {
        return new TokenRow(
                Arrays.copyOf(ids, tokens),
                Arrays.copyOf(positions, tokens),
                Arrays.copyOf(documents, tokens),
                Arrays.copyOf(counts, tokens));
    }

    public int length() {
        return ids.length;
    }

    /** Tokens that count in the loss. */
    public int labels() {
        int labels = 0;
        for (boolean count : counts) {
            labels += count ? 1 : 0;
        }
        return labels;
    }
}
