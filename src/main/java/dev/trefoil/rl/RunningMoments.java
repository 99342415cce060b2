package dev.trefoil.rl;

/**
 * Mean and unbiased standard deviation of all scores seen so far, merged batch by batch. Source: TRL v0.11.4 {@code
 * RunningMoments}; the merge is that of Chan et al., "Updating formulae and a pairwise algorithm" (1979). Immutable.
 *
 * @param mean of all scores; 0 before the first
 * @param std unbiased standard deviation; 1 before the first, and while only one score was seen
 * @param variance biased variance
 * @param count how many scores, 1e-24 before the first
 */
public record RunningMoments(double mean, double std, double variance, double count) {

    /** Keeps the first merge free of 0 / 0; TRL's value. */
    private static final double EMPTY = 1e-24;

    /** Nothing seen yet. */
    public static RunningMoments empty() {
        return new RunningMoments(0, 1, 1, EMPTY);
    }

    /** The moments after a batch; the same if the batch is empty. */
    public RunningMoments after(double[] batch) {
        if (batch.length == 0) {
            return this;
        }
        int n = batch.length;
        double batchMean = mean(batch);
        double delta = batchMean - mean;
        double total = count + n;
        double squares = squares(batch, batchMean) + variance * count + delta * delta * count * n / total;
        double newVariance = squares / total;
        double newStd = total > 1 ? Math.sqrt(squares / (total - 1)) : 1;
        return new RunningMoments(mean + delta * n / total, newStd, newVariance, total);
    }

    /** Mean of one batch; 0 if it is empty. */
    public static double mean(double[] batch) {
        double sum = 0;
        for (double score : batch) {
            sum += score;
        }
        return batch.length == 0 ? 0 : sum / batch.length;
    }

    /** Unbiased standard deviation of one batch; 0 if it has fewer than two scores. */
    public static double std(double[] batch) {
        return batch.length < 2 ? 0 : Math.sqrt(squares(batch, mean(batch)) / (batch.length - 1));
    }

    private static double squares(double[] batch, double around) {
        double sum = 0;
        for (double score : batch) {
            sum += (score - around) * (score - around);
        }
        return sum;
    }
}
