package dev.trefoil.eval;

import dev.trefoil.report.Rounded;
import dev.trefoil.report.Summary;

/** A titled block of numbers for people, and the rule by which numbers enter JSON. */
final class NumberTable {

    private final Summary summary;

    NumberTable(String title) {
        this.summary = new Summary(title);
    }

    NumberTable add(String name, double value) {
        summary.add(name, Rounded.of(value));
        return this;
    }

    NumberTable add(String name, long value) {
        summary.add(name, Long.toString(value));
        return this;
    }

    NumberTable add(String name, String value) {
        summary.add(name, value);
        return this;
    }

    String toText() {
        return summary.toText();
    }

    /** JSON has no NaN and no infinity: null stands for both. */
    static Double json(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
