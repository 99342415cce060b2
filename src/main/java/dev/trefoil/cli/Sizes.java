package dev.trefoil.cli;

import java.util.Locale;

/** Amounts of memory for people. */
final class Sizes {

    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    private static final double STEP = 1024;

    private Sizes() {}

    /** Such as {@code 1.25 GiB}; three digits. */
    static String text(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= STEP && unit < UNITS.length - 1) {
            amount /= STEP;
            unit++;
        }
        String form = unit == 0 ? "%.0f %s" : amount < 10 ? "%.2f %s" : amount < 100 ? "%.1f %s" : "%.0f %s";
        return String.format(Locale.ROOT, form, amount, UNITS[unit]);
    }
}
