package dev.trefoil.data;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/**
 * Preference pairs from labelled texts: a text of one label is preferred over a text of the other.
 */
public record PairConfig(
        @Doc("Label of the preferred texts.") String positive,
        @Doc("Label of the others.") String negative,

        @Doc("Seed of the order in which each side is paired.")
        long seed,

        @Range(min = 1) @Doc("Pairs at most.") Integer limit) {

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
