package dev.trefoil.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether sigmoid(margin) is the probability of being right. The confidence in a preference is the larger of sigmoid(margin) and
 * sigmoid(-margin); a tie counts half right.
 *
 * @param bins reliability by confidence, ten equal bins from 0.5 to 1; empty bins are left out
 * @param expectedError ECE: mean over pairs of the bin's |accuracy - confidence| (Guo et al. 2017, eq. 3)
 * @param brier mean of (1 - sigmoid(margin))^2
 * @param logLoss mean of -ln sigmoid(margin), the pairwise training loss without margin or centring, nats
 */
public record Calibration(List<Bin> bins, double expectedError, double brier, double logLoss) {

    private static final int BINS = 10;
    private static final double LEAST = 0.5;

    /** Pairs whose confidence is in [lower, upper). */
    public record Bin(double lower, double upper, int pairs, double confidence, double accuracy) {}

    public Calibration {
        bins = List.copyOf(bins);
    }

    static Calibration of(double[] margins) {
        double[] confidence = new double[BINS];
        double[] right = new double[BINS];
        int[] pairs = new int[BINS];
        double brier = 0;
        double logLoss = 0;
        for (double margin : margins) {
            double p = sigmoid(Math.abs(margin));
            int bin = Math.min(BINS - 1, (int) ((p - LEAST) / (1 - LEAST) * BINS));
            confidence[bin] += p;
            right[bin] += margin > 0 ? 1 : margin < 0 ? 0 : 0.5;
            pairs[bin]++;
            brier += Math.pow(1 - sigmoid(margin), 2);
            logLoss += softplus(-margin);
        }
        List<Bin> bins = new ArrayList<>();
        double error = 0;
        for (int b = 0; b < BINS; b++) {
            if (pairs[b] > 0) {
                double width = (1 - LEAST) / BINS;
                Bin bin = new Bin(
                        LEAST + b * width,
                        LEAST + (b + 1) * width,
                        pairs[b],
                        confidence[b] / pairs[b],
                        right[b] / pairs[b]);
                bins.add(bin);
                error += Math.abs(bin.accuracy() - bin.confidence()) * pairs[b] / margins.length;
            }
        }
        return new Calibration(bins, error, brier / margins.length, logLoss / margins.length);
    }

    Map<String, Object> toMap() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Bin bin : bins) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("lower", bin.lower());
            row.put("upper", bin.upper());
            row.put("pairs", bin.pairs());
            row.put("confidence", bin.confidence());
            row.put("accuracy", bin.accuracy());
            rows.add(row);
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("ece", expectedError);
        map.put("brier", brier);
        map.put("log_loss", logLoss);
        map.put("bins", rows);
        return map;
    }

    static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    }

    /** ln(1 + e^x) without overflow. */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }
}
