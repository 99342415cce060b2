package dev.trefoil.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes records from sections; notes each fault and goes on with the next key. */
final class Binder {

    /** Stands for a value that could not be made; its fault has been noted. */
    private static final Object FAILED = new Object();

    private static final Pattern KEY_FIRST =
            Pattern.compile("([A-Za-z_][A-Za-z0-9_.\\-\\[\\]]*): *(.+)", Pattern.DOTALL);

    private final Problems problems;
    private final RecordShape root;
    private final boolean incomplete;

    /**
     * Binds to the record type {@code root}.
     *
     * @param incomplete true if a file could not be read: then only what is there is checked, not what is absent
     */
    Binder(Class<?> root, boolean incomplete, Problems problems) {
        this.root = RecordShape.of(root);
        this.incomplete = incomplete;
        this.problems = problems;
    }

    /** The record, or null if there was a fault. */
    Object bind(Value.Section section) {
        Object bound = record(root, section, section.origin(), "", root.defaults());
        return bound == FAILED ? null : bound;
    }

    /**
     * Makes one record.
     *
     * @param place where the section begins: the line of its key
     * @param fallback a record of the type that gives the values of absent keys; may be null
     */
    private Object record(RecordShape shape, Value.Section section, Origin place, String path, Object fallback) {
        boolean failed = reportUnknown(shape, section, path);
        Object[] values = new Object[shape.parts().size()];
        for (int i = 0; i < values.length; i++) {
            RecordShape.Part part = shape.parts().get(i);
            Value.Entry entry = section.entries().get(part.key());
            String full = join(path, part.key());
            Object absent = part.in(fallback);
            values[i] = entry == null ? absent(part, place, full, absent) : present(part, entry, full, absent);
            failed |= values[i] == FAILED;
        }
        return failed || incomplete ? FAILED : construct(shape, section, place, path, values);
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private boolean reportUnknown(RecordShape shape, Value.Section section, String path) {
        List<String> keys = shape.keys();
        boolean any = false;
        for (Map.Entry<String, Value.Entry> entry : section.entries().entrySet()) {
            if (!keys.contains(entry.getKey())) {
                any = true;
                String full = join(path, entry.getKey());
                problems.add(entry.getValue().key(), full, "unknown key; " + advice(shape, entry.getKey(), path));
            }
        }
        return any;
    }

    private String advice(RecordShape shape, String unknown, String path) {
        if (path.isEmpty() && root.paths("").contains(unknown)) {
            return "write one section inside the other, not a key with dots";
        }
        Optional<String> near = Nearest.of(unknown, shape.keys());
        if (near.isPresent()) {
            return "did you mean " + join(path, near.get()) + "?";
        }
        List<String> elsewhere = root.paths("").stream()
                .filter(key -> key.equals(unknown) || key.endsWith("." + unknown))
                .toList();
        if (!elsewhere.isEmpty()) {
            return "did you mean " + String.join(" or ", elsewhere) + "?";
        }
        return "known here: " + String.join(", ", shape.keys());
    }

    private Object absent(RecordShape.Part part, Origin place, String path, Object fallback) {
        if (fallback == null && (part.required() || part.kind().raw().isPrimitive())) {
            if (!incomplete) {
                problems.add(place, path, "is missing; " + part.kind().wanted() + " is wanted" + hint(part, null));
            }
            return FAILED;
        }
        if (fallback != null && part.kind().form() == Kind.Form.SECTION) {
            // A default section may hold required keys, which must be found missing.
            return record(RecordShape.of(part.kind().raw()), new Value.Section(place), place, path, fallback);
        }
        return fallback;
    }

    private Object present(RecordShape.Part part, Value.Entry entry, String path, Object fallback) {
        Kind kind = part.kind();
        if (entry.value() instanceof Value.Scalar scalar && scalar.isNull()) {
            if (kind.form() == Kind.Form.SECTION && scalar.isEmpty()) {
                // All keys of the section are commented out.
                return section(kind, new Value.Section(scalar.origin()), entry.key(), path, fallback);
            }
            if (!part.required()
                    && (kind.nullable() || fallback == null && !kind.raw().isPrimitive())) {
                return null;
            }
            problems.add(scalar.origin(), path, "is empty; " + kind.wanted() + " is wanted" + hint(part, fallback));
            return FAILED;
        }
        return kind.form() == Kind.Form.SECTION
                ? section(kind, entry.value(), entry.key(), path, fallback)
                : value(part, kind, entry.value(), path, fallback);
    }

    private Object section(Kind kind, Value value, Origin place, String path, Object fallback) {
        if (!(value instanceof Value.Section section)) {
            problems.add(value.origin(), path, "must be " + kind.wanted() + ", was " + value.shown());
            return FAILED;
        }
        RecordShape shape = RecordShape.of(kind.raw());
        return record(shape, section, place, path, fallback == null ? shape.defaults() : fallback);
    }

    private Object value(RecordShape.Part part, Kind kind, Value value, String path, Object fallback) {
        return switch (kind.form()) {
            case SECTION -> section(kind, value, value.origin(), path, null);
            case LIST -> list(part, kind, value, path, fallback);
            case MAP -> map(part, kind, value, path, fallback);
            case ANY -> any(part, kind, value, path, fallback);
            default -> scalar(part, kind, value, path, fallback);
        };
    }

    /** One value where a list is wanted is a list of one. */
    private Object list(RecordShape.Part part, Kind kind, Value value, String path, Object fallback) {
        List<Value> items = value instanceof Value.Sequence list ? list.items() : List.of(value);
        boolean alone = !(value instanceof Value.Sequence);
        if (alone && !(value instanceof Value.Scalar && kind.element().isOneValue())) {
            problems.add(value.origin(), path, "must be " + kind.wanted() + ", was " + value.shown());
            return FAILED;
        }
        List<Object> made = new ArrayList<>();
        boolean failed = false;
        for (int i = 0; i < items.size(); i++) {
            String item = alone ? path : path + "[" + i + "]";
            Object one = element(part, kind.element(), items.get(i), item, alone ? fallback : null);
            failed |= one == FAILED;
            made.add(one);
        }
        return failed ? FAILED : Collections.unmodifiableList(made);
    }

    private Object map(RecordShape.Part part, Kind kind, Value value, String path, Object fallback) {
        if (!(value instanceof Value.Section section)) {
            problems.add(
                    value.origin(), path, "must be " + kind.wanted() + ", was " + value.shown() + hint(part, fallback));
            return FAILED;
        }
        Map<String, Object> made = new LinkedHashMap<>();
        boolean failed = false;
        for (Map.Entry<String, Value.Entry> entry : section.entries().entrySet()) {
            Object one = element(part, kind.element(), entry.getValue().value(), join(path, entry.getKey()), null);
            failed |= one == FAILED;
            made.put(entry.getKey(), one);
        }
        return failed ? FAILED : Collections.unmodifiableMap(made);
    }

    private Object element(RecordShape.Part part, Kind kind, Value value, String path, Object fallback) {
        if (kind.form() != Kind.Form.ANY && value instanceof Value.Scalar scalar && scalar.isNull()) {
            problems.add(scalar.origin(), path, "is empty; " + kind.wanted() + " is wanted");
            return FAILED;
        }
        return value(part, kind, value, path, fallback);
    }

    private Object any(RecordShape.Part part, Kind kind, Value value, String path, Object fallback) {
        if (value instanceof Value.Scalar) {
            return scalar(part, kind, value, path, fallback);
        }
        Kind container = value instanceof Value.Sequence
                ? new Kind(Kind.Form.LIST, List.class, kind)
                : new Kind(Kind.Form.MAP, Map.class, kind);
        return value(part, container, value, path, fallback);
    }

    private Object scalar(RecordShape.Part part, Kind kind, Value value, String path, Object fallback) {
        try {
            if (!(value instanceof Value.Scalar scalar)) {
                String quotes = kind.form() == Kind.Form.TEXT ? "; put text that begins with { or [ in quotes" : "";
                throw new Scalars.BadValue("must be " + kind.wanted() + ", was " + value.shown() + quotes);
            }
            Object made = Scalars.read(scalar, kind);
            Range range = part.range();
            if (range != null && made instanceof Number number && !Ranges.holds(range, number.doubleValue())) {
                throw new Scalars.BadValue("must be " + Ranges.text(range) + ", was " + scalar.text());
            }
            return made instanceof Path file && part.besideFile() ? beside(file, scalar.origin()) : made;
        } catch (Scalars.BadValue e) {
            problems.add(value.origin(), path, e.getMessage() + hint(part, fallback));
            return FAILED;
        }
    }

    private static Path beside(Path file, Origin origin) {
        return origin.folder() == null ? file : origin.folder().resolve(file).normalize();
    }

    /** The end of a message: what the key means if it is left out, and what it is for. */
    private static String hint(RecordShape.Part part, Object fallback) {
        boolean shown = fallback != null && part.kind().isOneValue();
        String value = shown ? "; default " + Texts.brief(fallback) : "";
        return part.doc().isEmpty() ? value : value + " (" + sentence(part.doc()) + ")";
    }

    private static String sentence(String doc) {
        return doc.endsWith(".") ? doc.substring(0, doc.length() - 1) : doc;
    }

    private Object construct(RecordShape shape, Value.Section section, Origin place, String path, Object[] values) {
        try {
            return shape.create(values);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            Matcher parts = KEY_FIRST.matcher(message);
            if (parts.matches()) {
                String first = parts.group(1).split("[.\\[]", 2)[0];
                Optional<RecordShape.Part> part = shape.part(first);
                if (part.isPresent()) {
                    String key = part.get().key() + parts.group(1).substring(first.length());
                    problems.add(locate(section, key, place), join(path, key), parts.group(2));
                    return FAILED;
                }
            }
            problems.add(place, path, message);
            return FAILED;
        }
    }

    /** The place of the value that a key path names, or of the nearest section around it that stands in a file. */
    private static Origin locate(Value.Section section, String key, Origin place) {
        Origin found = place;
        Value current = section;
        for (String step : key.replaceAll("\\[([0-9]+)\\]", ".$1").split("\\.")) {
            if (current instanceof Value.Section inside && inside.entries().containsKey(step)) {
                Value.Entry entry = inside.entries().get(step);
                current = entry.value();
                // A section begins one line below its key.
                found = current instanceof Value.Section ? entry.key() : current.origin();
            } else if (current instanceof Value.Sequence list
                    && step.matches("[0-9]{1,6}")
                    && Integer.parseInt(step) < list.items().size()) {
                current = list.items().get(Integer.parseInt(step));
                found = current.origin();
            } else {
                return found;
            }
        }
        return found;
    }
}
