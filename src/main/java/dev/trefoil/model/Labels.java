package dev.trefoil.model;

import dev.trefoil.token.Batch;
import java.util.Arrays;

/**
 * Which positions predict which tokens.
 *
 * @param at row * columns + column of the position before each label
 * @param targets the labels' token ids
 */
public record Labels(int[] at, int[] targets) {

    /** The labels of a batch: counted tokens that have a token of their document before them. */
    public static Labels of(Batch batch) {
        int[] at = new int[batch.ids().length];
        int[] targets = new int[at.length];
        int n = 0;
        for (int i = 0; i < at.length; i++) {
            if (batch.counts()[i] && i % batch.columns() > 0 && batch.documents()[i] == batch.documents()[i - 1]) {
                at[n] = i - 1;
                targets[n++] = batch.ids()[i];
            }
        }
        return new Labels(Arrays.copyOf(at, n), Arrays.copyOf(targets, n));
    }

    public int count() {
        return at.length;
    }
}
