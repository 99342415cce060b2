package dev.trefoil.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.KendallsCorrelation;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.apache.commons.math3.stat.ranking.NaturalRanking;

/**
 * How far two judges agree on the same texts, by order above all: the scales of two reward models need not be alike.
 *
 * @param texts that both judged
 * @param missing texts that one of the two has no score for
 * @param spearman rank correlation of Spearman (ties get mean ranks); NaN when a judge gives all texts one score
 * @param kendall Kendall's tau-b
 * @param pearson linear correlation
 * @param largest the texts on whose rank the two differ most, largest difference first
 */
public record ScoreAgreement(
        int texts, int missing, double spearman, double kendall, double pearson, List<Disagreement> largest) {

    /** Below two texts there is no order. */
    private static final int FEWEST = 2;

    /**
     * A text that the two judges place differently.
     *
     * @param index of the text, from 0
     * @param firstScore by the first judge
     * @param secondScore by the second
     * @param firstRank share of the texts that the first judge places below it, from 0 to 1
     * @param secondRank by the second
     */
    public record Disagreement(int index, double firstScore, double secondScore, double firstRank, double secondRank) {

        double size() {
            return Math.abs(secondRank - firstRank);
        }
    }

    public ScoreAgreement {
        largest = List.copyOf(largest);
    }

    /**
     * Compares two judges.
     *
     * @param first scores by text, NaN for none
     * @param second of the same length
     * @param most disagreements to list
     */
    public static ScoreAgreement of(double[] first, double[] second, int most) {
        if (first.length != second.length) {
            throw new IllegalArgumentException(first.length + " scores beside " + second.length);
        }
        int[] both = IntStream.range(0, first.length)
                .filter(i -> Double.isFinite(first[i]) && Double.isFinite(second[i]))
                .toArray();
        double[] a = Arrays.stream(both).mapToDouble(i -> first[i]).toArray();
        double[] b = Arrays.stream(both).mapToDouble(i -> second[i]).toArray();
        if (both.length < FEWEST) {
            return new ScoreAgreement(
                    both.length, first.length - both.length, Double.NaN, Double.NaN, Double.NaN, List.of());
        }
        double[] rankA = ranks(a);
        double[] rankB = ranks(b);
        List<Disagreement> all = new ArrayList<>();
        for (int i = 0; i < both.length; i++) {
            all.add(new Disagreement(both[i], a[i], b[i], rankA[i], rankB[i]));
        }
        all.sort(Comparator.comparingDouble((Disagreement one) -> -one.size()).thenComparing(Disagreement::index));
        return new ScoreAgreement(
                both.length,
                first.length - both.length,
                new SpearmansCorrelation().correlation(a, b),
                new KendallsCorrelation().correlation(a, b),
                new PearsonsCorrelation().correlation(a, b),
                all.subList(0, Math.min(most, all.size())));
    }

    /** Mean ranks from 0 (lowest) to 1 (highest). */
    private static double[] ranks(double[] scores) {
        return Arrays.stream(new NaturalRanking().rank(scores))
                .map(rank -> (rank - 1) / (scores.length - 1))
                .toArray();
    }

    public String toText() {
        NumberTable table = new NumberTable("Agreement of two rewards")
                .add("texts", texts)
                .add("Spearman's rho", spearman)
                .add("Kendall's tau-b", kendall)
                .add("Pearson's r", pearson);
        return (missing == 0 ? table : table.add("without a score", missing)).toText();
    }

    /** Numbers for JSON output. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("texts", texts);
        map.put("missing", missing);
        map.put("spearman", NumberTable.json(spearman));
        map.put("kendall", NumberTable.json(kendall));
        map.put("pearson", NumberTable.json(pearson));
        return map;
    }
}
