package dev.trefoil.data;

/**
 * Preference pairs from labelled texts: a text of one label is preferred over a text of the other.
 *
 * @param positive label of the preferred texts
 * @param negative label of the others
 * @param seed order in which each side is paired
 * @param limit pairs at most; null for as many as the smaller side gives
 */
public record PairConfig(String positive, String negative, long seed, Integer limit) {

    public PairConfig {
        if (positive == null || negative == null || positive.equals(negative)) {
            throw new IllegalArgumentException(
                    "negative: must differ from positive, were " + positive + " and " + negative);
        }
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException("limit: must be at least 1, was " + limit);
        }
    }

    public static PairConfig defaults() {
        return new PairConfig("positive", "negative", 0, null);
    }
}
