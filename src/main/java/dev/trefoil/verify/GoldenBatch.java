package dev.trefoil.verify;

import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.token.Batch;
import java.util.Arrays;

/**
 * The token rows of a case, as a batch: {@code PREFIXinput_ids} [B, T] and, where the case has them, {@code attention_mask}, {@code
 * document} and {@code labels} (-100 does not count).
 *
 * @param batch positions count the real tokens of a document, whatever side the padding is on
 * @param real [B * T] true where no padding is
 */
record GoldenBatch(Batch batch, boolean[] real) {

    private static final long NO_LABEL = -100;

    static GoldenBatch of(GoldenCase golden, String prefix) {
        int[] ids = golden.ints(prefix + "input_ids");
        long[] shape = golden.shape(prefix + "input_ids");
        int rows = (int) shape[0];
        int columns = (int) shape[1];
        boolean[] real = new boolean[ids.length];
        Arrays.fill(real, true);
        if (golden.has(prefix + "attention_mask")) {
            real = golden.mask(prefix + "attention_mask");
        }
        int[] documents = golden.has(prefix + "document") ? golden.ints(prefix + "document") : new int[ids.length];
        int[] positions = new int[ids.length];
        boolean[] counts = new boolean[ids.length];
        long[] labels = golden.has(prefix + "labels") ? golden.longs(prefix + "labels") : null;
        for (int i = 0; i < ids.length; i++) {
            boolean starts = i % columns == 0 || documents[i] != documents[i - 1];
            documents[i] = real[i] ? documents[i] : -1;
            positions[i] = starts || documents[i - 1] < 0 || !real[i] ? 0 : positions[i - 1] + 1;
            counts[i] = labels != null && labels[i] != NO_LABEL;
        }
        return new GoldenBatch(new Batch(rows, columns, ids, positions, documents, counts), real);
    }

    /** The same with positions that count padding too, as a model has them that is given none. */
    GoldenBatch countingPadding() {
        int[] columns = new int[real.length];
        Arrays.setAll(columns, i -> i % batch.columns());
        Batch counted =
                new Batch(batch.rows(), batch.columns(), batch.ids(), columns, batch.documents(), batch.counts());
        return new GoldenBatch(counted, real);
    }

    /** The mask for a tensor of {@code width} numbers a token. */
    boolean[] realTimes(int width) {
        boolean[] wide = new boolean[Math.multiplyExact(real.length, width)];
        for (int i = 0; i < real.length; i++) {
            Arrays.fill(wide, i * width, (i + 1) * width, real[i]);
        }
        return wide;
    }

    /** Logits of every token, [B * T * V]. */
    float[] logits(Role role) {
        int[] all = new int[real.length];
        Arrays.setAll(all, i -> i);
        try (Pass pass = role.infer(batch)) {
            return role.head().logits(pass, all);
        }
    }

    /** Compares logits with the expected tensor of that name where no padding is. */
    void compareLogits(Deviations deviations, String quantity, Role role) {
        int vocabulary = role.base().config().shape().vocabSize();
        deviations.compare(quantity, logits(role), realTimes(vocabulary));
    }

    long[] positions() {
        return Arrays.stream(batch.positions()).asLongStream().toArray();
    }
}
