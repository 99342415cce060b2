package dev.trefoil.rl;

import java.util.Arrays;

/**
 * What a rollout fixes before the PPO epochs begin. Shapes: B samples, T positions.
 *
 * @param era whose conventions the arrays follow
 * @param logProbs [B, T] log-probability of each token under the policy that generated it
 * @param referenceLogProbs [B, T] the same under the reference
 * @param values [B, T] value estimates, 0 outside the value mask
 * @param policyMask [B, T] true where a response token is predicted
 * @param valueMask [B, T] true where a value counts: the policy mask, and one position more in {@link Era#V1}
 * @param scoreAt [B] the position that receives the score
 */
public record Trajectory(
        Era era,
        double[][] logProbs,
        double[][] referenceLogProbs,
        double[][] values,
        boolean[][] policyMask,
        boolean[][] valueMask,
        int[] scoreAt) {

    /** What TRL 1.x writes over log-probabilities at padding. */
    private static final double INVALID_LOG_PROB = 1.0;

    public Trajectory {
        BatchTime.requireShape("log-probabilities", logProbs, policyMask);
        BatchTime.requireShape("reference log-probabilities", referenceLogProbs, policyMask);
        BatchTime.requireShape("values", values, valueMask);
    }

    /**
     * Classic TRL: values are multiplied by the mask, the score goes to the last position of the mask.
     *
     * @throws IllegalArgumentException if shapes differ or a row has no response token
     */
    public static Trajectory classic(
            double[][] logProbs, double[][] referenceLogProbs, double[][] values, boolean[][] mask) {
        BatchTime.requireShape("values", values, mask);
        int[] scoreAt = new int[mask.length];
        for (int i = 0; i < mask.length; i++) {
            scoreAt[i] = lastOf(mask[i], i);
        }
        return new Trajectory(
                Era.CLASSIC, logProbs, referenceLogProbs, MaskedStatistics.masked(values, mask), mask, mask, scoreAt);
    }

    /**
     * TRL 1.x: responses start at column 0. Log-probabilities behind a response become 1, so that KL is 0 and the ratio 1
     * there; values keep the position behind the last token.
     *
     * @param lastResponseToken [B] index of each response's last token ({@code sequence_lengths} in TRL)
     */
    public static Trajectory v1(
            double[][] logProbs, double[][] referenceLogProbs, double[][] values, int[] lastResponseToken) {
        int rows = logProbs.length;
        boolean[][] policyMask = new boolean[rows][];
        boolean[][] valueMask = new boolean[rows][];
        int[] scoreAt = new int[rows];
        for (int i = 0; i < rows; i++) {
            int columns = logProbs[i].length;
            int last = lastResponseToken[i];
            if (last < 0 || last >= columns) {
                throw new IllegalArgumentException(
                        "row " + i + ": last response token " + last + " is outside 0.." + (columns - 1));
            }
            scoreAt[i] = last + 1 < columns ? last + 1 : last;
            policyMask[i] = new boolean[columns];
            valueMask[i] = new boolean[columns];
            Arrays.fill(policyMask[i], 0, last + 1, true);
            Arrays.fill(valueMask[i], 0, Math.min(last + 2, columns), true);
        }
        return new Trajectory(
                Era.V1,
                MaskedStatistics.filled(logProbs, policyMask, INVALID_LOG_PROB),
                MaskedStatistics.filled(referenceLogProbs, policyMask, INVALID_LOG_PROB),
                MaskedStatistics.masked(values, valueMask),
                policyMask,
                valueMask,
                scoreAt);
    }

    /** Log-probabilities of a later policy as this era compares them: TRL 1.x writes 1 at padding, classic leaves them. */
    double[][] comparable(double[][] newLogProbs) {
        return era == Era.V1 ? MaskedStatistics.filled(newLogProbs, policyMask, INVALID_LOG_PROB) : newLogProbs;
    }

    /** Value estimates of a later policy as this era compares them: TRL 1.x writes 0 at padding, classic leaves them. */
    double[][] comparableValues(double[][] newValues) {
        return era == Era.V1 ? MaskedStatistics.masked(newValues, valueMask) : newValues;
    }

    /** The number of samples. */
    public int size() {
        return logProbs.length;
    }

    /** How many positions the policy loss averages over. */
    public long policyTokens() {
        return MaskedStatistics.count(policyMask);
    }

    /** How many positions the value loss averages over. */
    public long valueTokens() {
        return MaskedStatistics.count(valueMask);
    }

    /** The samples of a mini-batch, in the order given; rows are shared, not copied. */
    public Trajectory rows(int... rows) {
        return new Trajectory(
                era,
                BatchTime.rows(logProbs, rows),
                BatchTime.rows(referenceLogProbs, rows),
                BatchTime.rows(values, rows),
                BatchTime.rows(policyMask, rows),
                BatchTime.rows(valueMask, rows),
                Arrays.stream(rows).map(i -> scoreAt[i]).toArray());
    }

    private static int lastOf(boolean[] mask, int row) {
        for (int t = mask.length - 1; t >= 0; t--) {
            if (mask[t]) {
                return t;
            }
        }
        throw new IllegalArgumentException("row " + row + " has no response token");
    }
}
