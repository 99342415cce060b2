package dev.trefoil.data;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.config.Required;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where samples come from and how rows become samples. Steps, in this order: filter, replace, map or template, drop empty
 * ones, minChars and maxChars, pairs, chat, shuffle, skip, limit.
 */
public record DataConfig(
        @Required @Doc("Data files, read one after the other; relative paths start at the working folder.")
        List<String> path,

        @Doc("Form of the files; auto goes by the ending of the name.")
        Format format,

        @Doc(
                "Part of a sample (text, messages, prompt, completion, chosen, rejected, margin, label) to the column that holds it.")
        Map<String, String> columns,

        @Doc("Part of a sample to a text with {column} placeholders; {{ and }} are literal braces.")
        Map<String, String> template,

        @Doc("Literal replacements in each value, in order.")
        List<Replacement> replace,

        @Doc("Column to wanted value; rows must hold all of them.")
        Map<String, String> filter,

        @Range(min = 0) @Doc("Shortest sample kept, in characters.")
        Integer minChars,

        @Range(min = 1) @Doc("Longest sample kept, in characters.")
        Integer maxChars,

        @Doc("Makes preference pairs from labelled texts.") PairConfig pairs,

        @Doc("How lists of messages become texts; the base's own template if absent.")
        ChatConfig chat,

        @Doc("Seed of a random order; the order of the files if absent.")
        Long shuffle,

        @Range(min = 0) @Doc("Samples left out at the beginning.")
        long skip,

        @Range(min = 1) @Doc("Samples at most.") Long limit) {

    public DataConfig {
        if (path != null && path.isEmpty()) {
            throw new IllegalArgumentException("path: wanted at least one data file");
        }
        path = path == null ? null : List.copyOf(path);
        format = format == null ? Format.AUTO : format;
        columns = ordered(columns);
        template = ordered(template);
        replace = replace == null ? List.of() : List.copyOf(replace);
        filter = ordered(filter);
        checkParts(columns, template);
        if (minChars != null && minChars < 0) {
            throw new IllegalArgumentException("minChars: must not be negative, was " + minChars);
        }
        if (maxChars != null && maxChars < (minChars == null ? 1 : Math.max(1, minChars))) {
            throw new IllegalArgumentException("maxChars: must be at least 1 and not below minChars, was " + maxChars);
        }
        if (skip < 0) {
            throw new IllegalArgumentException("skip: must not be negative, was " + skip);
        }
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException("limit: must be at least 1, was " + limit);
        }
    }

    private static void checkParts(Map<String, String> columns, Map<String, String> template) {
        columns.keySet().forEach(part -> checkPart("columns", part));
        for (Map.Entry<String, String> entry : template.entrySet()) {
            String part = entry.getKey();
            checkPart("template", part);
            if (columns.containsKey(part)) {
                throw new IllegalArgumentException("columns." + part + ": `" + part
                        + "` has a template too; keep one of the two, a template names its columns itself");
            }
            try {
                Template.parse(entry.getValue());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("template." + part + ": " + e.getMessage(), e);
            }
        }
    }

    private static void checkPart(String key, String part) {
        if (!SampleKind.ALL_PARTS.contains(part)) {
            String near = MissingColumn.nearest(part, SampleKind.ALL_PARTS);
            throw new IllegalArgumentException(key + "." + part + ": no part of a sample is called `" + part + "`"
                    + (near == null ? "" : "; did you mean " + near + "?") + " Known: "
                    + String.join(", ", SampleKind.ALL_PARTS)
                    + "; the part comes first, as in `columns: {text: review}`");
        }
    }

    private static Map<String, String> ordered(Map<String, String> map) {
        return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    /** Everything but the path, which is required. */
    public static DataConfig defaults() {
        return of(null);
    }

    /** One file, read as it is. */
    public static DataConfig of(String path) {
        return ofAll(path == null ? null : List.of(path));
    }

    /** Files, read as they are. */
    public static DataConfig ofAll(List<String> paths) {
        return new DataConfig(
                paths, Format.AUTO, Map.of(), Map.of(), List.of(), Map.of(), null, null, null, null, null, 0, null);
    }

    public DataConfig withColumns(Map<String, String> other) {
        return new DataConfig(
                path, format, other, template, replace, filter, minChars, maxChars, pairs, chat, shuffle, skip, limit);
    }

    public DataConfig withTemplate(Map<String, String> other) {
        return new DataConfig(
                path, format, columns, other, replace, filter, minChars, maxChars, pairs, chat, shuffle, skip, limit);
    }

    public DataConfig withReplace(List<Replacement> other) {
        return new DataConfig(
                path, format, columns, template, other, filter, minChars, maxChars, pairs, chat, shuffle, skip, limit);
    }

    public DataConfig withFilter(Map<String, String> other) {
        return new DataConfig(
                path, format, columns, template, replace, other, minChars, maxChars, pairs, chat, shuffle, skip, limit);
    }

    public DataConfig withChars(Integer min, Integer max) {
        return new DataConfig(
                path, format, columns, template, replace, filter, min, max, pairs, chat, shuffle, skip, limit);
    }

    public DataConfig withPairs(PairConfig other) {
        return new DataConfig(
                path, format, columns, template, replace, filter, minChars, maxChars, other, chat, shuffle, skip,
                limit);
    }

    public DataConfig withChat(ChatConfig other) {
        return new DataConfig(
                path, format, columns, template, replace, filter, minChars, maxChars, pairs, other, shuffle, skip,
                limit);
    }

    public DataConfig withShuffle(Long seed) {
        return new DataConfig(
                path, format, columns, template, replace, filter, minChars, maxChars, pairs, chat, seed, skip, limit);
    }

    public DataConfig withSlice(long first, Long most) {
        return new DataConfig(
                path, format, columns, template, replace, filter, minChars, maxChars, pairs, chat, shuffle, first,
                most);
    }
}
