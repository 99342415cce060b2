package dev.trefoil.report.page;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * One axis of a drawing: the range of values, and round numbers to label.
 *
 * @param low value at one end
 * @param high value at the other, above {@code low}
 * @param ticks round values within
 */
record Axis(double low, double high, List<Double> ticks) {

    private static final int FEWEST_TICKS = 3;
    private static final double EDGE = 1e-9;
    private static final double LARGEST = 1e300;
    private static final double SMALLEST = 1e-300;
    private static final double THOUSAND = 1e3;
    private static final double PADDING = 0.04;
    private static final double[] ROUND = {1, 2, 5, 10};

    Axis {
        ticks = List.copyOf(ticks);
    }

    /** An axis that holds all values with a little room; a single value gets room on both sides. */
    static Axis around(double least, double most, int wantedTicks) {
        double size = most - least;
        if (size <= Math.abs(most) * EDGE) {
            double room = most == 0 ? 1 : Math.abs(most) / 2;
            return exact(least - room, most + room, wantedTicks);
        }
        return exact(least - PADDING * size, most + PADDING * size, wantedTicks);
    }

    /**
     * An axis with these ends and about so many ticks, three at least. Ends that no number lies between, or that are too far apart
     * for their distance to be one, are moved: there would be no ticks, or no end of them.
     */
    static Axis exact(double least, double most, int wantedTicks) {
        double low = Math.max(-LARGEST, Math.min(least, LARGEST));
        double high = Math.max(-LARGEST, Math.min(most, LARGEST));
        double size = Math.max(Math.abs(low), Math.abs(high));
        if (high - low <= size * EDGE || high - low < SMALLEST) {
            high = low + (size < SMALLEST ? 1 : size);
        }
        List<Double> ticks = List.of();
        for (int parts = wantedTicks; ticks.size() < FEWEST_TICKS; parts++) {
            ticks = ticks(low, high, step((high - low) / parts));
        }
        return new Axis(low, high, ticks);
    }

    private static List<Double> ticks(double low, double high, double step) {
        List<Double> ticks = new ArrayList<>();
        double slack = (high - low) * EDGE;
        for (long i = (long) Math.ceil((low - slack) / step); i * step <= high + slack; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** An axis of steps: ends at data, labels whole numbers. */
    static Axis steps(double first, double last, int wantedTicks) {
        double room = Math.max(1, Math.abs(first) * EDGE);
        if (last - first < room) {
            return new Axis(first - room, first + room, List.of(first));
        }
        double step = Math.max(1, step((last - first) / wantedTicks));
        List<Double> ticks = new ArrayList<>();
        for (double at = Math.ceil(first / step) * step; at <= last; at += step) {
            ticks.add(at);
        }
        return new Axis(first, last, ticks);
    }

    private static double step(double rough) {
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        for (double round : ROUND) {
            if (round * power >= rough * (1 - EDGE)) {
                return round * power;
            }
        }
        return 10 * power;
    }

    /** Where a value lies between two coordinates. */
    double at(double value, double from, double to) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** A tick as text: enough digits to tell it from its neighbours, and no more. */
    String label(double tick) {
        double distance = ticks.size() > 1 ? ticks.get(1) - ticks.get(0) : Math.max(Math.abs(tick), 1);
        double largest = Math.max(Math.abs(low), Math.abs(high));
        if (tick == 0 || Math.abs(tick) < distance * EDGE) {
            return "0";
        }
        if (largest < 1e-2) {
            int power = (int) Math.floor(Math.log10(Math.abs(tick)) + EDGE);
            double unit = Math.pow(10, power);
            return plain(tick / unit, distance / unit) + "e" + power;
        }
        if (largest >= 10 * THOUSAND * THOUSAND) {
            return plain(tick / THOUSAND / THOUSAND, distance / THOUSAND / THOUSAND) + "M";
        }
        return largest >= 10 * THOUSAND ? plain(tick / THOUSAND, distance / THOUSAND) + "k" : plain(tick, distance);
    }

    private static String plain(double value, double distance) {
        int digits = Math.max(0, (int) -Math.floor(Math.log10(distance) + EDGE));
        BigDecimal rounded = BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_EVEN);
        return (rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros()).toPlainString();
    }
}
