package dev.trefoil.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Which rows of a file are read. The filter comes first, then {@code skip}, then {@code limit}.
 *
 * @param format form of the file
 * @param filter column to wanted value, compared as text; a row must fit all
 * @param skip rows left out at the beginning
 * @param limit rows at most; null for all
 * @param maxLineBytes longest line of a JSON Lines file that is accepted
 */
public record ReadOptions(Format format, Map<String, String> filter, long skip, Long limit, int maxLineBytes) {

    /** A line longer than this is more likely a broken file than a text. */
    public static final int DEFAULT_MAX_LINE_BYTES = 64 << 20;

    public ReadOptions {
        Objects.requireNonNull(format, "format");
        filter = Collections.unmodifiableMap(new LinkedHashMap<>(filter));
        if (skip < 0) {
            throw new IllegalArgumentException("skip: must not be negative, was " + skip);
        }
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException("limit: must be at least 1, was " + limit);
        }
        if (maxLineBytes < 1) {
            throw new IllegalArgumentException("maxLineBytes: must be at least 1, was " + maxLineBytes);
        }
    }

    public static ReadOptions defaults() {
        return new ReadOptions(Format.AUTO, Map.of(), 0, null, DEFAULT_MAX_LINE_BYTES);
    }

    public ReadOptions withFormat(Format other) {
        return new ReadOptions(other, filter, skip, limit, maxLineBytes);
    }

    public ReadOptions withFilter(Map<String, String> other) {
        return new ReadOptions(format, other, skip, limit, maxLineBytes);
    }

    public ReadOptions withSkip(long rows) {
        return new ReadOptions(format, filter, rows, limit, maxLineBytes);
    }

    public ReadOptions withLimit(Long rows) {
        return new ReadOptions(format, filter, skip, rows, maxLineBytes);
    }

    public ReadOptions withMaxLineBytes(int bytes) {
        return new ReadOptions(format, filter, skip, limit, bytes);
    }
}
