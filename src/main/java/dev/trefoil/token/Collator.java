package dev.trefoil.token;

import dev.trefoil.data.KeyedRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** From rows to batches. */
public final class Collator {

    /** Fills the places behind a row; never read, since documents is -1 there. */
    private static final int FILLER = 0;

    private Collator() {}

    /** Rows side by side, padded on the right to the longest. */
    public static Batch batch(List<TokenRow> rows) {
        int columns = rows.stream().mapToInt(TokenRow::length).max().orElse(0);
        int size = Math.multiplyExact(rows.size(), columns);
        int[] ids = new int[size];
        int[] positions = new int[size];
        int[] documents = new int[size];
        boolean[] counts = new boolean[size];
        Arrays.fill(ids, FILLER);
        Arrays.fill(documents, -1);
        for (int r = 0; r < rows.size(); r++) {
            TokenRow row = rows.get(r);
            int at = r * columns;
            System.arraycopy(row.ids(), 0, ids, at, row.length());
            System.arraycopy(row.positions(), 0, positions, at, row.length());
            System.arraycopy(row.documents(), 0, documents, at, row.length());
            System.arraycopy(row.counts(), 0, counts, at, row.length());
        }
        return new Batch(rows.size(), columns, ids, positions, documents, counts);
    }

    /** The rows that {@code order} names, padded to the longest of them. */
    public static Batch batch(List<TokenRow> rows, int[] order) {
        return batch(Arrays.stream(order).mapToObj(rows::get).toList());
    }

    /** Token id sequences, one document a row, without labels. */
    public static Batch sequences(List<int[]> sequences) {
        return batch(sequences.stream().map(TokenRow::unlabelled).toList());
    }

    /** 2P rows for P pairs: all chosen, then all rejected. A score is read at each row's last token: {@link Batch#lengths}. */
    public static Batch preferences(List<PreferenceRow> pairs) {
        List<int[]> rows = new ArrayList<>(2 * pairs.size());
        pairs.forEach(pair -> rows.add(pair.chosen()));
        pairs.forEach(pair -> rows.add(pair.rejected()));
        return sequences(rows);
    }

    /**
     * The order of an epoch, cut into batches; the last may be smaller. It depends on (seed, epoch) only, so a run that goes
     * on at a step needs no state.
     */
    public static List<int[]> shuffled(int rows, int batchSize, long seed, long epoch) {
        return cut(KeyedRandom.of(seed, epoch).permutation(rows), batchSize);
    }

    /** Batches in the order of the rows; the last may be smaller. */
    public static List<int[]> inOrder(int rows, int batchSize) {
        int[] order = new int[rows];
        for (int i = 0; i < rows; i++) {
            order[i] = i;
        }
        return cut(order, batchSize);
    }

    private static List<int[]> cut(int[] order, int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batch size must be at least 1, was " + batchSize);
        }
        List<int[]> batches = new ArrayList<>();
        for (int from = 0; from < order.length; from += batchSize) {
            batches.add(Arrays.copyOfRange(order, from, Math.min(order.length, from + batchSize)));
        }
        return batches;
    }
}
