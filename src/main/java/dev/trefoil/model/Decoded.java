package dev.trefoil.model;

import java.util.List;

/**
 * What a decoding call found.
 *
 * @param steps columns
 * @param tokens [rows * steps]; the pad id behind a row's end
 * @param logProbs [rows * steps] log-probability of each token under the distribution it was drawn from
 * @param counts new tokens of each row, a stop token included
 */
public record Decoded(int steps, long[] tokens, float[] logProbs, long[] counts) {

    /** Rows of several calls of equal steps, one after the other. */
    static Decoded joined(List<Decoded> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        int rows = parts.stream().mapToInt(part -> part.counts.length).sum();
        int steps = parts.get(0).steps;
        Decoded all = new Decoded(steps, new long[rows * steps], new float[rows * steps], new long[rows]);
        int row = 0;
        for (Decoded part : parts) {
            System.arraycopy(part.tokens, 0, all.tokens, row * steps, part.tokens.length);
            System.arraycopy(part.logProbs, 0, all.logProbs, row * steps, part.logProbs.length);
            System.arraycopy(part.counts, 0, all.counts, row, part.counts.length);
            row += part.counts.length;
        }
        return all;
    }
}
