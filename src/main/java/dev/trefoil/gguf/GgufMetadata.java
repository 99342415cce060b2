package dev.trefoil.gguf;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Typed access to a GGUF file's metadata, with messages that name the key. */
public record GgufMetadata(Path file, Map<String, Object> values) {

    /** A fault of the file, to be thrown. */
    public UserError fault(String message) {
        return UserError.data(file + ": " + message);
    }

    /** A text, if the key is there. */
    public Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key)).map(value -> typed(key, value, String.class, "a text"));
    }

    /** A truth value, or {@code otherwise} when the key is missing. */
    public boolean flag(String key, boolean otherwise) {
        Object value = values.get(key);
        return value == null ? otherwise : typed(key, value, Boolean.class, "true or false");
    }

    /** A number, or {@code otherwise} when the key is missing. */
    public double number(String key, double otherwise) {
        Object value = values.get(key);
        return value == null
                ? otherwise
                : typed(key, value, Number.class, "a number").doubleValue();
    }

    /** A whole number that must be there. */
    public int size(String key) {
        return optionalSize(key).orElseThrow(() -> fault(key + ": missing, wanted a whole number"));
    }

    /** A whole number, or a list with the same one for every layer. */
    public Optional<Integer> optionalSize(String key) {
        Object value = values.get(key);
        if (value instanceof List<?> list && !list.isEmpty()) {
            if (list.stream().distinct().count() != 1) {
                throw fault(key + ": found layers that differ: " + list + "; wanted the same number for all layers");
            }
            value = list.get(0);
        }
        if (value == null) {
            return Optional.empty();
        }
        long number = typed(key, value, Long.class, "a whole number");
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw fault(key + ": found " + number + ", wanted 0 to " + Integer.MAX_VALUE);
        }
        return Optional.of((int) number);
    }

    /** A token id; null when the key is missing or stands for none (-1). */
    public Integer id(String key) {
        Object value = values.get(key);
        if (value == null) {
            return null;
        }
        long id = typed(key, value, Long.class, "a token id");
        return id < 0 || id >= 0xffffffffL ? null : (Integer) Math.toIntExact(id);
    }

    /** A list that must be there, of entries of one type. */
    public <T> List<T> list(String key, Class<T> type) {
        Object value = values.get(key);
        if (!(value instanceof List<?> list)) {
            throw fault(key + ": " + (value == null ? "missing" : "found " + value) + ", wanted a list");
        }
        return list.stream()
                .map(entry -> typed(key, entry, type, "a list of " + type.getSimpleName()))
                .toList();
    }

    private <T> T typed(String key, Object value, Class<T> type, String wanted) {
        if (!type.isInstance(value)) {
            throw fault(key + ": found " + value + ", wanted " + wanted);
        }
        return type.cast(value);
    }
}
