package dev.trefoil.data;

import java.util.Objects;

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
        Objects.requireNonNull(positive, "positive");
        Objects.requireNonNull(negative, "negative");
        if (positive.equals(negative)) {
            throw new IllegalArgumentException("negative: must differ from positive, both were " + positive);
        }
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException("limit: must be at least 1, was " + limit);
        }
    }
}
