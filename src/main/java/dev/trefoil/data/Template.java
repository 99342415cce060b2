package dev.trefoil.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A text with {@code {column}} placeholders; {@code {{} and {@code }}} stand for braces.
 *
 * @param pieces literal texts and columns in turn, beginning and ending with a literal
 */
record Template(List<String> pieces) {

    Template {
        pieces = List.copyOf(pieces);
    }

    /** @throws IllegalArgumentException when a brace has no partner or no column is named */
    static Template parse(String source) {
        List<String> pieces = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < source.length(); i++) {
            char c = source.charAt(i);
            boolean doubled = i + 1 < source.length() && source.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                literal.append(c);
                i++;
            } else if (c == '}') {
                throw new IllegalArgumentException(
                        "`}` at character " + (i + 1) + " of the template has no `{`; write }} for a literal brace");
            } else if (c == '{') {
                int end = source.indexOf('}', i);
                if (end < 0 || source.substring(i + 1, end).isBlank()) {
                    throw new IllegalArgumentException("`{` at character " + (i + 1)
                            + " of the template begins no {column}; write {{ for a literal brace");
                }
                pieces.add(literal.toString());
                pieces.add(source.substring(i + 1, end).strip());
                literal.setLength(0);
                i = end;
            } else {
                literal.append(c);
            }
        }
        pieces.add(literal.toString());
        return new Template(pieces);
    }

    /** The one column {@code name} and nothing around it. */
    static Template column(String name) {
        return new Template(List.of("", name, ""));
    }

    /** The column that is all of the template; null when there is more to it. */
    String only() {
        return pieces.size() == 3 && pieces.get(0).isEmpty() && pieces.get(2).isEmpty() ? pieces.get(1) : null;
    }

    /** Columns in the order of their first use, each once. */
    List<String> columns() {
        List<String> columns = new ArrayList<>();
        for (int i = 1; i < pieces.size(); i += 2) {
            if (!columns.contains(pieces.get(i))) {
                columns.add(pieces.get(i));
            }
        }
        return columns;
    }

    String fill(Function<String, String> value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pieces.size(); i++) {
            text.append(i % 2 == 0 ? pieces.get(i) : value.apply(pieces.get(i)));
        }
        return text.toString();
    }
}
