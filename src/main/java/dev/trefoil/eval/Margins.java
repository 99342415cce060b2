package dev.trefoil.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/**
 * Distribution of chosen score minus rejected score.
 *
 * @param std sample standard deviation; 0 for one pair
 * @param quantiles at 5, 25, 50, 75 and 95 percent
 * @param edges edges of the histogram, one more than counts; equal widths from the smallest to the largest margin
 * @param counts pairs in each bin
 */
public record Margins(
        double mean,
        double std,
        double min,
        double max,
        List<Double> quantiles,
        List<Double> edges,
        List<Integer> counts) {

    private static final int BINS = 12;
    private static final int BAR = 40;
    private static final double[] PERCENTS = {5, 25, 50, 75, 95};

    public Margins {
        quantiles = List.copyOf(quantiles);
        edges = List.copyOf(edges);
        counts = List.copyOf(counts);
    }

    static Margins of(double[] margins) {
        DescriptiveStatistics statistics = new DescriptiveStatistics(margins);
        List<Double> quantiles =
                Arrays.stream(PERCENTS).map(statistics::getPercentile).boxed().toList();
        double min = statistics.getMin();
        double width = (statistics.getMax() - min) / BINS;
        int bins = width > 0 ? BINS : 1;
        Integer[] counts = new Integer[bins];
        Arrays.fill(counts, 0);
        for (double margin : margins) {
            counts[width > 0 ? Math.min(bins - 1, (int) ((margin - min) / width)) : 0]++;
        }
        List<Double> edges = new ArrayList<>();
        for (int b = 0; b < bins; b++) {
            edges.add(min + b * width);
        }
        edges.add(statistics.getMax());
        return new Margins(
                statistics.getMean(),
                statistics.getStandardDeviation(),
                min,
                statistics.getMax(),
                quantiles,
                edges,
                List.of(counts));
    }

    /** The histogram as lines of bars. */
    String toBars() {
        int most = counts.stream().mapToInt(Integer::intValue).max().orElse(1);
        StringBuilder out = new StringBuilder();
        for (int b = 0; b < counts.size(); b++) {
            int bar = (int) Math.ceil((double) counts.get(b) * BAR / most);
            out.append(String.format(
                    Locale.ROOT,
                    "  %9.3f to %9.3f  %6d  %s\n",
                    edges.get(b),
                    edges.get(b + 1),
                    counts.get(b),
                    "#".repeat(bar)));
        }
        return out.toString();
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("mean", mean);
        map.put("std", std);
        map.put("min", min);
        map.put("max", max);
        for (int i = 0; i < PERCENTS.length; i++) {
            map.put("p" + (int) PERCENTS[i], quantiles.get(i));
        }
        map.put("edges", edges);
        map.put("counts", counts);
        return map;
    }
}
