package dev.trefoil.eval;

import dev.trefoil.report.Rounded;
import dev.trefoil.report.Summary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The mean reward when of n responses to a prompt the best is taken: the baseline that training by reward must beat at the same
 * distance from the reference. From more than n responses it is estimated without bias, as the mean over all subsets of n.
 *
 * @param n responses of which the best is taken
 * @param prompts that have at least n scored responses
 * @param meanReward of the best response; NaN without prompts
 * @param standardError of that mean over the prompts; NaN with fewer than two
 * @param klBound {@code log n - (n - 1)/n} nats, which the KL divergence of best-of-n from the sampled policy does not exceed.
 *     Source: Beirami et al., "Theoretical guarantees on the best-of-n alignment policy", https://arxiv.org/abs/2401.01879; used as
 *     the KL itself since Stiennon et al., https://arxiv.org/abs/2009.01325
 */
public record BestOfN(int n, int prompts, double meanReward, double standardError, double klBound) {

    /**
     * Figures for several n.
     *
     * @param scores [prompts][responses], NaN for a response without a score
     * @param ns each at least 1
     */
    public static List<BestOfN> of(List<double[]> scores, int... ns) {
        List<BestOfN> found = new ArrayList<>();
        for (int n : ns) {
            double[] best = scores.stream()
                    .map(all -> Arrays.stream(all).filter(Double::isFinite).toArray())
                    .filter(all -> all.length >= n)
                    .mapToDouble(all -> expectedBest(all, n))
                    .toArray();
            double mean = Arrays.stream(best).average().orElse(Double.NaN);
            double squares =
                    Arrays.stream(best).map(one -> (one - mean) * (one - mean)).sum();
            double error = best.length < 2 ? Double.NaN : Math.sqrt(squares / (best.length - 1) / best.length);
            found.add(new BestOfN(n, best.length, mean, error, klBound(n)));
        }
        return found;
    }

    /** {@code log n - (n - 1)/n}. */
    public static double klBound(int n) {
        return Math.log(n) - (n - 1.0) / n;
    }

    /**
     * The mean of the largest of n scores over all subsets of n: the i-th smallest of N is the largest of C(i-1, n-1) out of
     * C(N, n) subsets.
     *
     * @param scores N of them, N at least n
     */
    static double expectedBest(double[] scores, int n) {
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        int total = sorted.length;
        // Share of subsets whose largest is the last; going down, C(i-2, n-1) / C(i-1, n-1) = (i - n) / (i - 1).
        double share = (double) n / total;
        double sum = 0;
        for (int i = total; i >= n; i--) {
            sum += share * sorted[i - 1];
            share *= i == 1 ? 0 : (double) (i - n) / (i - 1);
        }
        return sum;
    }

    /** Several figures as a block for the terminal. */
    public static String toText(List<BestOfN> figures) {
        Summary summary = new Summary("Best of n");
        for (BestOfN one : figures) {
            summary.add(
                    "n = " + one.n,
                    "reward " + Rounded.of(one.meanReward) + " +- " + Rounded.of(one.standardError) + ", KL at most "
                            + Rounded.of(one.klBound) + ", " + one.prompts + " prompts");
        }
        return summary.toText();
    }

    /** Numbers for JSON output. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("n", n);
        map.put("prompts", prompts);
        map.put("mean_reward", NumberTable.json(meanReward));
        map.put("standard_error", NumberTable.json(standardError));
        map.put("kl_bound", klBound);
        return map;
    }
}
