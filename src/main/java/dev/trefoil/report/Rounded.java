package dev.trefoil.report;

import java.util.Locale;

/** Numbers as people read them; files hold all digits. */
public final class Rounded {

    private static final double LARGE = 1e6;
    private static final double SMALL = 1e-3;

    private Rounded() {}

    /** About four digits: {@code 3.851}, {@code 940}, {@code 2.9e-04}, {@code nan}. */
    public static String of(double value) {
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        double size = Math.abs(value);
        if (size >= LARGE || (size < SMALL && size > 0)) {
            return String.format(Locale.ROOT, "%.1e", value);
        }
        if (value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        String format = size >= 1000 ? "%.0f" : size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, value);
    }

    /** {@code 7s}, {@code 3m05s}, {@code 2h10m}. */
    public static String duration(double seconds) {
        if (!Double.isFinite(seconds) || seconds < 0) {
            return "?";
        }
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + "s";
        }
        return whole < 3600
                ? String.format(Locale.ROOT, "%dm%02ds", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%dh%02dm", whole / 3600, whole % 3600 / 60);
    }
}
