package dev.trefoil.config;

import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints the keys of a record type: path, type, range, default and help. */
public final class ConfigExplain {

    private final List<String> lines = new ArrayList<>();
    private final String below;

    private ConfigExplain(String below) {
        this.below = below;
    }

    /** All keys of the type, one paragraph of two lines each. */
    public static String text(Class<? extends Record> type) {
        return text(type, "");
    }

    /**
     * The key {@code below} and the keys under it.
     *
     * @param below a key path such as {@code ppo.kl}; empty for all
     * @throws dev.trefoil.UserError if the type has no such key
     */
    public static String text(Class<? extends Record> type, String below) {
        ConfigExplain explain = new ConfigExplain(below);
        RecordShape shape = RecordShape.of(type);
        explain.section(shape, "", shape.defaults());
        if (explain.lines.isEmpty()) {
            List<String> known = shape.paths("");
            String advice = Nearest.of(below, known)
                    .map(key -> "did you mean " + key + "?")
                    .orElse("known at the top: " + String.join(", ", shape.keys()));
            throw UserError.data(below + ": unknown key; " + advice);
        }
        return String.join("\n", explain.lines) + "\n";
    }

    private void section(RecordShape shape, String prefix, Object defaults) {
        for (RecordShape.Part part : shape.parts()) {
            String path = prefix + part.key();
            Object value = part.in(defaults);
            Kind kind = part.kind();
            if (isShown(path)) {
                lines.add(path + "  " + type(part) + ", " + standing(part, value));
                if (!part.doc().isEmpty()) {
                    lines.add("    " + part.doc());
                }
            }
            if (kind.form() == Kind.Form.SECTION) {
                RecordShape inner = RecordShape.of(kind.raw());
                section(inner, path + ".", value == null ? inner.defaults() : value);
            } else if (kind.element() != null && kind.element().form() == Kind.Form.SECTION) {
                RecordShape inner = RecordShape.of(kind.element().raw());
                section(inner, path + (kind.form() == Kind.Form.LIST ? "[]." : ".NAME."), inner.defaults());
            }
        }
    }

    private boolean isShown(String path) {
        return below.isEmpty() || path.equals(below) || path.startsWith(below + ".") || path.startsWith(below + "[");
    }

    private static String type(RecordShape.Part part) {
        String name = name(part.kind());
        return part.range() == null ? name : name + " " + Ranges.text(part.range());
    }

    private static String name(Kind kind) {
        return switch (kind.form()) {
            case WHOLE -> "whole number";
            case NUMBER -> "number";
            case FLAG -> "true or false";
            case TEXT -> "text";
            case PATH -> "path";
            case CHOICE -> String.join(" | ", kind.choices());
            case PARSED -> kind.raw().getSimpleName().toLowerCase(Locale.ROOT);
            case SECTION -> "section";
            case LIST -> "list of " + name(kind.element());
            case MAP -> "name: " + name(kind.element());
            case ANY -> "value";
        };
    }

    private static String standing(RecordShape.Part part, Object value) {
        if (value == null) {
            boolean must = part.required() || part.kind().raw().isPrimitive();
            return must ? "required" : "absent by default";
        }
        if (part.kind().form() == Kind.Form.SECTION) {
            return "with the defaults below";
        }
        if (value instanceof List<?> list) {
            return "default ["
                    + String.join(", ", list.stream().map(ConfigExplain::brief).toList()) + "]";
        }
        if (value instanceof Map<?, ?> map) {
            return map.isEmpty() ? "default {}" : "default " + map;
        }
        return "default " + brief(value);
    }

    private static String brief(Object value) {
        return value instanceof Record && !(value instanceof Bytes) ? "{...}" : Texts.brief(value);
    }
}
