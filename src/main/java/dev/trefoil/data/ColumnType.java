package dev.trefoil.data;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What the values of a column are, found by looking at each of them.
 *
 * @param kind of the values
 * @param element of a list's elements, null for other kinds
 * @param fields of an object's values by name, in the order in which they were first seen; empty for other kinds
 */
public record ColumnType(Kind kind, ColumnType element, Map<String, ColumnType> fields) {

    /** Kinds of values. */
    public enum Kind {
        /** Nothing but nulls. */
        NOTHING,
        BOOLEAN,
        /** Whole numbers that fit 64 bits. */
        INTEGER,
        NUMBER,
        TEXT,
        LIST,
        OBJECT,
        /** Values of kinds that have nothing in common. */
        MIXED
    }

    private static final ColumnType NOTHING = plain(Kind.NOTHING);

    public ColumnType {
        fields = fields == null ? Map.of() : fields;
    }

    private static ColumnType plain(Kind kind) {
        return new ColumnType(kind, null, Map.of());
    }

    /** The type of one value of a {@link Row}. */
    public static ColumnType of(Object value) {
        if (value == null) {
            return NOTHING;
        }
        if (value instanceof Boolean) {
            return plain(Kind.BOOLEAN);
        }
        if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            return plain(Kind.INTEGER);
        }
        if (value instanceof Number) {
            return plain(Kind.NUMBER);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, ColumnType> fields = new LinkedHashMap<>();
            map.forEach((key, field) -> fields.put(String.valueOf(key), of(field)));
            return new ColumnType(Kind.OBJECT, null, fields);
        }
        if (value instanceof Iterable<?> list) {
            ColumnType element = NOTHING;
            for (Object part : list) {
                element = element.with(of(part));
            }
            return new ColumnType(Kind.LIST, element, Map.of());
        }
        return plain(Kind.TEXT);
    }

    /** The type that holds the values of both. */
    public ColumnType with(ColumnType other) {
        if (kind == Kind.NOTHING || equals(other)) {
            return other;
        }
        if (other.kind == Kind.NOTHING) {
            return this;
        }
        if (kind == Kind.LIST && other.kind == Kind.LIST) {
            return new ColumnType(Kind.LIST, element.with(other.element), Map.of());
        }
        if (kind == Kind.OBJECT && other.kind == Kind.OBJECT) {
            Map<String, ColumnType> all = new LinkedHashMap<>(fields);
            other.fields.forEach((name, type) -> all.merge(name, type, ColumnType::with));
            return new ColumnType(Kind.OBJECT, null, all);
        }
        return plain(numeric() && other.numeric() ? Kind.NUMBER : Kind.MIXED);
    }

    private boolean numeric() {
        return kind == Kind.INTEGER || kind == Kind.NUMBER;
    }

    /** DuckDB's name for it; mixed values are kept as their JSON text. */
    String sql() {
        return switch (kind) {
            case BOOLEAN -> "BOOLEAN";
            case INTEGER -> "BIGINT";
            case NUMBER -> "DOUBLE";
            case NOTHING, TEXT, MIXED -> "VARCHAR";
            case LIST -> element.sql() + "[]";
            case OBJECT -> {
                StringJoiner parts = new StringJoiner(", ", "STRUCT(", ")");
                fields.forEach((name, type) -> parts.add(DuckTable.name(name) + " " + type.sql()));
                yield fields.isEmpty() ? "VARCHAR" : parts.toString();
            }
        };
    }

    /** For people. */
    public String describe() {
        return switch (kind) {
            case NOTHING -> "nothing but null";
            case BOOLEAN -> "true or false";
            case INTEGER -> "whole number";
            case NUMBER -> "number";
            case TEXT -> "text";
            case MIXED -> "mixed";
            case LIST -> "list of " + element.describe();
            case OBJECT -> "object of " + String.join(", ", fields.keySet());
        };
    }
}
