package dev.trefoil.token;

import java.util.Arrays;
import java.util.Objects;

/**
 * Rows of token ids, right-padded to one length. All arrays are [rows * columns], row after row.
 *
 * <p>Attention is causal among the tokens of equal document id in one row. Where padding stands is told by {@code documents}
 * alone; the id in such a place means nothing.
 *
 * @param ids token ids
 * @param positions place of a token in its document, from 0
 * @param documents document of a token within its row, from 0; -1 is padding
 * @param counts true: the token is a label, predicted from the token before it in the same document
 */
public record Batch(int rows, int columns, int[] ids, int[] positions, int[] documents, boolean[] counts) {

    public Batch {
        int size = Math.multiplyExact(rows, columns);
        Objects.requireNonNull(ids, "ids");
        if (ids.length != size || positions.length != size || documents.length != size || counts.length != size) {
            throw new IllegalArgumentException("arrays of a batch of " + rows + " x " + columns + " must hold " + size
                    + " entries, hold " + ids.length + ", " + positions.length + ", " + documents.length + " and "
                    + counts.length);
        }
    }

    /** Tokens of each row without padding: [rows]. */
    public int[] lengths() {
        int[] lengths = new int[rows];
        for (int row = 0; row < rows; row++) {
            int length = columns;
            while (length > 0 && documents[row * columns + length - 1] < 0) {
                length--;
            }
            lengths[row] = length;
        }
        return lengths;
    }

    /** Where the last token of each row stands among those of all rows: [rows]. */
    public int[] lastTokens() {
        int[] last = lengths();
        for (int row = 0; row < rows; row++) {
            last[row] += row * columns - 1;
        }
        return last;
    }

    /** Rows {@code from} up to but not including {@code to}. */
    public Batch part(int from, int to) {
        int first = from * columns;
        int last = to * columns;
        return new Batch(
                to - from,
                columns,
                Arrays.copyOfRange(ids, first, last),
                Arrays.copyOfRange(positions, first, last),
                Arrays.copyOfRange(documents, first, last),
                Arrays.copyOfRange(counts, first, last));
    }

    /** The same batch with another token id in all its padding, which must change nothing. */
    public Batch withPadding(int id) {
        int[] other = ids.clone();
        for (int i = 0; i < other.length; i++) {
            other[i] = documents[i] < 0 ? id : other[i];
        }
        return new Batch(rows, columns, other, positions, documents, counts);
    }

    /** Tokens without padding. */
    public int tokens() {
        int tokens = 0;
        for (int document : documents) {
            tokens += document >= 0 ? 1 : 0;
        }
        return tokens;
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
