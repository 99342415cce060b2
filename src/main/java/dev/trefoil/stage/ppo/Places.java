package dev.trefoil.stage.ppo;

import java.util.stream.IntStream;

/**
 * Which positions of a batch are read, and where their numbers go in {@code [B, T]} arrays. All arrays are [N], sequence after
 * sequence.
 *
 * @param rows B, the number of sequences
 * @param columns T
 * @param row sequence
 * @param column column of the time axis
 * @param at row * width + position in the batch whose hidden state is read
 * @param targets the token that this position predicts; -1 behind the last token
 */
record Places(int rows, int columns, int[] row, int[] column, int[] at, int[] targets) {

    /** The positions that predict response tokens. */
    static Places logProbs(Sequences part, TimeAxis axis) {
        return of(part, axis, false);
    }

    /** The positions whose values count. */
    static Places values(Sequences part, TimeAxis axis) {
        return of(part, axis, true);
    }

    private static Places of(Sequences part, TimeAxis axis, boolean values) {
        int width = part.width();
        IntStream.Builder row = IntStream.builder();
        IntStream.Builder column = IntStream.builder();
        IntStream.Builder at = IntStream.builder();
        IntStream.Builder targets = IntStream.builder();
        for (int i = 0; i < part.size(); i++) {
            int prompt = part.prompts().get(i).length;
            int[] response = part.responses().get(i);
            int count = values ? axis.values(response.length) : response.length;
            for (int k = 0; k < count; k++) {
                row.add(i);
                column.add(axis.firstColumn(prompt) + k);
                at.add(i * width + prompt - 1 + k);
                targets.add(k < response.length ? response[k] : -1);
            }
        }
        return new Places(
                part.size(),
                axis.columns(),
                row.build().toArray(),
                column.build().toArray(),
                at.build().toArray(),
                targets.build().toArray());
    }

    /** Numbers [N] to their places in [B, T]; 0 elsewhere. */
    double[][] spread(float[] numbers) {
        double[][] result = new double[rows][columns];
        for (int n = 0; n < numbers.length; n++) {
            result[row[n]][column[n]] = numbers[n];
        }
        return result;
    }

    /** Numbers [N] from their places in [B, T]. */
    float[] gather(double[][] numbers) {
        float[] result = new float[row.length];
        for (int n = 0; n < result.length; n++) {
            result[n] = (float) numbers[row[n]][column[n]];
        }
        return result;
    }

    /** True where a number has its place: [B, T]. */
    boolean[][] mask() {
        boolean[][] mask = new boolean[rows][columns];
        for (int n = 0; n < row.length; n++) {
            mask[row[n]][column[n]] = true;
        }
        return mask;
    }
}
