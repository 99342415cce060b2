package dev.trefoil.bench;

import java.util.List;
import java.util.Map;

/**
 * Wall times of one work.
 *
 * @param shape what was done, by the keys of {@link BenchConfig}
 * @param unit what one time is of: step or pass
 * @param tokens of one unit: trained or read ones, for ppo and generate new ones
 * @param seconds of each unit that counts, in their order
 * @param parts name to seconds of each unit; empty where a unit has no parts
 */
record Timing(
        Work work,
        Map<String, Object> shape,
        String unit,
        int tokens,
        List<Double> seconds,
        Map<String, List<Double>> parts) {

    Timing {
        seconds = List.copyOf(seconds);
    }

    static Timing whole(Work work, Map<String, Object> shape, String unit, int tokens, List<Double> seconds) {
        return new Timing(work, shape, unit, tokens, seconds, Map.of());
    }

    static double median(List<Double> numbers) {
        double[] sorted =
                numbers.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double best() {
        return extremes()[0];
    }

    double median() {
        return median(seconds);
    }

    double worst() {
        return extremes()[1];
    }

    private double[] extremes() {
        double[] sorted =
                seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return new double[] {sorted[0], sorted[sorted.length - 1]};
    }

    /** Distance of the slowest and the fastest, as a share of the median. */
    double spread() {
        return (worst() - best()) / median();
    }

    /** At the median. */
    double tokensPerSecond() {
        return tokens / median();
    }
}
