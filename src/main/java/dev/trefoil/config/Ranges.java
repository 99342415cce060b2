package dev.trefoil.config;

/** Says in words what a {@link Range} allows. */
final class Ranges {

    private Ranges() {}

    static boolean holds(Range range, double value) {
        boolean above = range.minExclusive() ? value > range.min() : value >= range.min();
        boolean below = range.maxExclusive() ? value < range.max() : value <= range.max();
        return above && below;
    }

    /** Such as {@code > 0} or {@code >= 0 and < 1}. */
    static String text(Range range) {
        String low = range.min() == Double.NEGATIVE_INFINITY
                ? ""
                : (range.minExclusive() ? "> " : ">= ") + Numbers.brief(range.min());
        String high = range.max() == Double.POSITIVE_INFINITY
                ? ""
                : (range.maxExclusive() ? "< " : "<= ") + Numbers.brief(range.max());
        return low.isEmpty() || high.isEmpty() ? low + high : low + " and " + high;
    }
}
