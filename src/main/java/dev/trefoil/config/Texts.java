package dev.trefoil.config;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Writes one value as the YAML scalar that reads back to it. */
final class Texts {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_/][A-Za-z0-9_./+-]*");
    private static final Set<String> RESERVED =
            Set.of("true", "false", "yes", "no", "on", "off", "y", "n", "null", "inf", "infinity", "nan");

    private Texts() {}

    static String yaml(Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Double || value instanceof Float) {
            return Numbers.text(((Number) value).doubleValue());
        }
        if (value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        if (value instanceof Enum<?> constant) {
            return Kind.choiceName(constant);
        }
        String text = value.toString();
        boolean plain = PLAIN.matcher(text).matches() && !RESERVED.contains(text.toLowerCase(Locale.ROOT));
        return plain || value instanceof Bytes ? text : quoted(text);
    }

    /** As {@link #yaml}, but a whole double without a point, for messages. */
    static String brief(Object value) {
        return value instanceof Double number ? Numbers.brief(number) : yaml(value);
    }

    /** The escapes of YAML's double quotes, with everything outside printable ASCII and letters as a code. */
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c >= ' ' && c < 0x7F || Character.isLetterOrDigit(c)) {
                        out.appendCodePoint(c);
                    } else if (c <= 0xFFFF) {
                        out.append(String.format("\\u%04X", c));
                    } else {
                        out.append(String.format("\\U%08X", c));
                    }
                }
            }
        });
        return out.append('"').toString();
    }
}
