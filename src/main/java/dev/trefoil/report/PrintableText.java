package dev.trefoil.report;

/**
 * Text of unknown origin made safe for a terminal: control characters, escape sequences, direction overrides and lone surrogates
 * are shown, not obeyed.
 */
public final class PrintableText {

    private PrintableText() {}

    /** The text on one line; everything that would move the cursor or hide is written as an escape such as {@code \n}. */
    public static String of(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(point -> append(out, point));
        return out.toString();
    }

    /** At most {@code width} columns of the text, with an ellipsis where something was cut. */
    public static String cut(String text, int width) {
        String safe = of(text);
        if (columns(safe) <= width) {
            return safe;
        }
        return safe.substring(0, fit(safe, width - 1)) + "…";
    }

    /** Terminal columns that the text takes: 0 for combining marks, 2 for wide East Asian characters and pictures. */
    static int columns(String text) {
        return text.codePoints().map(PrintableText::columns).sum();
    }

    /** The number of chars from the start of the text that fit into so many columns. */
    static int fit(String text, int width) {
        int used = 0;
        int at = 0;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            used += columns(point);
            if (used > width) {
                return at;
            }
            at += Character.charCount(point);
        }
        return at;
    }

    private static void append(StringBuilder out, int point) {
        switch (point) {
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (hidden(point)) {
                    out.append(String.format(point > 0xffff ? "\\u{%x}" : "\\u%04x", point));
                } else {
                    out.appendCodePoint(point);
                }
            }
        }
    }

    private static boolean hidden(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    private static int columns(int point) {
        int type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        // The blocks of Unicode's East Asian Width table that are wide as a whole, and the pictures that terminals draw
        // wide.
        boolean wide = point >= 0x1100
                && (point <= 0x115f
                        || (point >= 0x2e80 && point <= 0xa4cf)
                        || (point >= 0xac00 && point <= 0xd7a3)
                        || (point >= 0xf900 && point <= 0xfaff)
                        || (point >= 0xfe30 && point <= 0xfe6f)
                        || (point >= 0xff00 && point <= 0xff60)
                        || (point >= 0xffe0 && point <= 0xffe6)
                        || (point >= 0x1f300 && point <= 0x1faff)
                        || (point >= 0x20000 && point <= 0x3fffd));
        return wide ? 2 : 1;
    }
}
