package dev.trefoil.reward.builtin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a map of options by key with type and range; every fault is an {@link IllegalArgumentException} that names the key. Reading
 * ends with {@link #done}, which refuses keys that nobody asked for.
 */
final class Options {

    private static final double DAY_SECONDS = 86_400;

    private final Map<String, Object> values;
    private final Set<String> known = new TreeSet<>();

    Options(Map<String, Object> values) {
        this.values = values;
    }

    boolean has(String key) {
        known.add(key);
        return values.get(key) != null;
    }

    String text(String key) {
        if (!has(key)) {
            throw new IllegalArgumentException(key + ": is missing; a text is wanted");
        }
        return text(key, "");
    }

    String text(String key, String otherwise) {
        return text(key, has(key) ? values.get(key) : otherwise);
    }

    String oneOf(String key, List<String> choices) {
        String found = text(key, choices.get(0));
        if (!choices.contains(found)) {
            throw new IllegalArgumentException(key + ": was '" + found + "', one of " + choices + " is wanted");
        }
        return found;
    }

    double number(String key, double otherwise, double least, double most) {
        if (!has(key)) {
            return otherwise;
        }
        if (!(values.get(key) instanceof Number number)) {
            throw new IllegalArgumentException(key + ": was '" + values.get(key) + "', a number is wanted");
        }
        double found = number.doubleValue();
        if (!(found >= least && found <= most)) {
            throw new IllegalArgumentException(key + ": was " + number + ", " + least + " to " + most + " is wanted");
        }
        return found;
    }

    int count(String key, int otherwise, int least, int most) {
        double found = number(key, otherwise, least, most);
        if (found != Math.rint(found)) {
            throw new IllegalArgumentException(key + ": was " + found + ", a whole number is wanted");
        }
        return (int) found;
    }

    /** A time in seconds, up to a day. */
    Duration seconds(String key, double otherwise) {
        return Duration.ofNanos((long) (number(key, otherwise, 0.001, DAY_SECONDS) * 1e9));
    }

    boolean flag(String key, boolean otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (!(values.get(key) instanceof Boolean flag)) {
            throw new IllegalArgumentException(key + ": was '" + values.get(key) + "', true or false is wanted");
        }
        return flag;
    }

    /** The value as it stands in the file, or null. */
    Object value(String key) {
        return has(key) ? values.get(key) : null;
    }

    List<String> texts(String key, List<String> otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        List<String> texts = new ArrayList<>();
        for (Object item : list(key)) {
            texts.add(text(key + "[" + texts.size() + "]", item));
        }
        return texts;
    }

    /** The maps of a list of maps, each with its keys as texts. */
    List<Map<String, Object>> maps(String key) {
        List<Map<String, Object>> maps = new ArrayList<>();
        for (Object item : list(key)) {
            maps.add(map(key + "[" + maps.size() + "]", item));
        }
        return maps;
    }

    Map<String, Object> map(String key) {
        return has(key) ? map(key, values.get(key)) : Map.of();
    }

    void done() {
        for (String key : values.keySet()) {
            if (!known.contains(key)) {
                throw new IllegalArgumentException(
                        key + ": unknown key" + Nearest.hint(key, known) + "; known: " + known);
            }
        }
    }

    private List<?> list(String key) {
        if (has(key) && values.get(key) instanceof List<?> list) {
            return list;
        }
        throw new IllegalArgumentException(key + ": was " + values.get(key) + ", a list is wanted");
    }

    private static Map<String, Object> map(String key, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException(key + ": was '" + value + "', a map of keys and values is wanted");
        }
        Map<String, Object> texts = new LinkedHashMap<>();
        map.forEach((name, item) -> texts.put(String.valueOf(name), item));
        return Collections.unmodifiableMap(texts);
    }

    private static String text(String key, Object value) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        throw new IllegalArgumentException(key + ": was " + value + ", a text is wanted");
    }
}
