package dev.trefoil.stage.ppo;

import dev.trefoil.rl.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which sequences of a rollout go through the model together, epoch by epoch.
 *
 * @param epochs [epochs][mini-batches][sequences] indices into the rollout
 */
public record MiniBatches(List<List<int[]>> epochs) {

    /**
     * An order for each epoch that depends on (seed, step, epoch) only.
     *
     * @param sequences of the rollout: the batch size, less what was dropped
     */
    static MiniBatches shuffled(PpoOptions options, int sequences, long seed, long step) {
        List<List<int[]>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < options.ppoEpochs(); epoch++) {
            int[] order = inOrder(sequences);
            CounterRandom.of(seed, "ppo", step, epoch, "mini-batches").shuffle(order);
            epochs.add(cut(order, options.miniBatchSize()));
        }
        return new MiniBatches(epochs);
    }

    /** The whole rollout as one mini-batch in each epoch. */
    public static MiniBatches whole(int sequences, int epochs) {
        List<List<int[]>> all = new ArrayList<>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            all.add(List.of(inOrder(sequences)));
        }
        return new MiniBatches(all);
    }

    /** In the order of the rollout, so many at once. */
    static List<int[]> cut(int sequences, int size) {
        return cut(inOrder(sequences), size);
    }

    private static List<int[]> cut(int[] order, int size) {
        List<int[]> parts = new ArrayList<>();
        for (int from = 0; from < order.length; from += size) {
            parts.add(Arrays.copyOfRange(order, from, Math.min(order.length, from + size)));
        }
        return parts;
    }

    private static int[] inOrder(int count) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        return order;
    }
}
