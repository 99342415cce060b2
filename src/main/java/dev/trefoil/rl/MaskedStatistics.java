package dev.trefoil.rl;

/**
 * Mean, variance and whitening over the entries that a mask keeps, as {@code masked_mean}, {@code masked_var} and {@code
 * masked_whiten} of TRL ({@code trl/core.py}, v0.11.4).
 *
 * <p>Two cases that TRL leaves to divide by zero are defined here: an empty mask has mean and variance 0, and a mask of one
 * entry has variance 0, so that a lone entry whitens to 0 (or to itself when the mean is kept).
 */
public final class MaskedStatistics {

    /** Added to the variance under the root, as in TRL. */
    static final double WHITEN_EPSILON = 1e-8;

    /** Which divisor a variance takes. */
    public enum Variance {
        /** n - 1: TRL, both eras. */
        UNBIASED,
        /** n: OpenAI's lm-human-preferences (2019). */
        BIASED
    }

    private MaskedStatistics() {}

    /** How many entries count. */
    public static long count(boolean[][] mask) {
        long count = 0;
        for (boolean[] row : mask) {
            for (boolean counts : row) {
                count += counts ? 1 : 0;
            }
        }
        return count;
    }

    /** Sum of {@code x} [batch, time] where the mask is true. */
    public static double sum(double[][] x, boolean[][] mask) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            for (int t = 0; t < x[i].length; t++) {
                sum += mask[i][t] ? x[i][t] : 0;
            }
        }
        return sum;
    }

    /** Mean of {@code x} [batch, time] where the mask is true; 0 when nothing counts. */
    public static double mean(double[][] x, boolean[][] mask) {
        long count = count(mask);
        return count == 0 ? 0 : sum(x, mask) / count;
    }

    /** Mean over all of {@code x} [batch, time], padding included. */
    public static double mean(double[][] x) {
        double sum = 0;
        long count = 0;
        for (double[] row : x) {
            for (double value : row) {
                sum += value;
            }
            count += row.length;
        }
        return count == 0 ? 0 : sum / count;
    }

    /** Unbiased variance where the mask is true; 0 when fewer than two entries count. */
    public static double variance(double[][] x, boolean[][] mask) {
        return variance(x, mask, Variance.UNBIASED);
    }

    /** Variance where the mask is true; 0 when fewer than two entries count. */
    public static double variance(double[][] x, boolean[][] mask, Variance kind) {
        long count = count(mask);
        if (count < 2) {
            return 0;
        }
        double mean = sum(x, mask) / count;
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            for (int t = 0; t < x[i].length; t++) {
                double deviation = x[i][t] - mean;
                sum += mask[i][t] ? deviation * deviation : 0;
            }
        }
        return sum / (kind == Variance.UNBIASED ? count - 1 : count);
    }

    /**
     * (x - mean) / sqrt(variance + 1e-8), plus the mean again if {@code keepMean}. Statistics are of the masked entries; every
     * entry, padding too, is transformed, as in TRL.
     *
     * @return a new array [batch, time]
     */
    public static double[][] whiten(double[][] x, boolean[][] mask, boolean keepMean, Variance kind) {
        double mean = mean(x, mask);
        double scale = 1 / Math.sqrt(variance(x, mask, kind) + WHITEN_EPSILON);
        double[][] result = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            result[i] = new double[x[i].length];
            for (int t = 0; t < x[i].length; t++) {
                result[i][t] = (x[i][t] - mean) * scale + (keepMean ? mean : 0);
            }
        }
        return result;
    }

    /** A copy of {@code x} with 0 where the mask is false. */
    static double[][] masked(double[][] x, boolean[][] mask) {
        return filled(x, mask, 0);
    }

    /** A copy of {@code x} with {@code fill} where the mask is false. */
    static double[][] filled(double[][] x, boolean[][] mask, double fill) {
        double[][] result = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            result[i] = x[i].clone();
            for (int t = 0; t < x[i].length; t++) {
                if (!mask[i][t]) {
                    result[i][t] = fill;
                }
            }
        }
        return result;
    }
}
