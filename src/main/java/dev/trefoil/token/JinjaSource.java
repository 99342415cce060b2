package dev.trefoil.token;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites a template for Jinjava, so that what it renders is what Jinja2 does with {@code trim_blocks} and {@code lstrip_blocks}:
 * white space around tags is taken out here by the rules of Jinja2's lexer
 * (https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control), comments go, and expressions that the two read
 * differently are put in the form that both read alike.
 */
final class JinjaSource {

    private static final Pattern ESCAPE = Pattern.compile("(?<!\\\\)\\\\u([0-9a-fA-F]{4})");

    private final String source;
    private final StringBuilder out = new StringBuilder();
    private int at;

    /** Whether the next text begins a line, as {@code lstrip_blocks} asks. */
    private boolean lineStarts = true;

    private JinjaSource(String source) {
        this.source = source;
    }

    /**
     * @param begin what stands for {@code {% generation %}}
     * @param end what stands for {@code {% endgeneration %}}
     */
    static String forJinjava(String source, char begin, char end) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        return new JinjaSource(text).rewrite(begin, end);
    }

    private String rewrite(char begin, char end) {
        while (at < source.length()) {
            int tag = nextTag();
            String text = source.substring(at, tag);
            if (tag == source.length()) {
                out.append(text);
                break;
            }
            out.append(beforeTag(text, tag));
            tag(tag, begin, end);
        }
        return out.toString();
    }

    /** Index of the next opening of a tag, or the end. */
    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return source.length();
    }

    private String beforeTag(String text, int tag) {
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        if (sign == '-') {
            return stripEnd(text);
        }
        if (sign != '+' && source.charAt(tag + 1) != '{') {
            int line = text.lastIndexOf('\n') + 1;
            boolean begins = line > 0 || lineStarts;
            return begins && text.substring(line).isBlank() ? text.substring(0, line) : text;
        }
        return text;
    }

    private void tag(int tag, char begin, char end) {
        char kind = source.charAt(tag + 1);
        String close = kind == '{' ? "}}" : kind == '%' ? "%}" : "#}";
        int inner = tag + 2 + (tag + 2 < source.length() && "-+".indexOf(source.charAt(tag + 2)) >= 0 ? 1 : 0);
        int stop = kind == '#' ? source.indexOf(close, inner) : closing(inner, close);
        if (stop < 0) {
            // Left as it is: Jinjava says what is wrong with it.
            out.append(source.substring(tag));
            at = source.length();
            return;
        }
        char sign = stop > inner ? source.charAt(stop - 1) : ' ';
        boolean signed = sign == '-' || (sign == '+' && kind != '{');
        String body = source.substring(inner, signed ? stop - 1 : stop).strip();
        at = stop + 2;
        afterTag(kind, signed ? sign : ' ');
        if (kind == '{') {
            out.append("{{ ").append(expression(body)).append(" }}");
        } else if (kind == '%') {
            statement(body, begin, end);
        }
    }

    private void statement(String body, char begin, char end) {
        switch (body) {
            case "generation" -> out.append(begin);
            case "endgeneration" -> out.append(end);
            case "raw" -> raw();
            default -> {
                if (!filteredLoop(body)) {
                    out.append("{% ").append(expression(body)).append(" %}");
                }
            }
        }
    }

    /** {@code for x in list if condition}: Jinjava knows no condition, so what fits is gathered in a list before. */
    private boolean filteredLoop(String body) {
        int in = JinjaExpression.indexOfWord(body, "in");
        int condition = JinjaExpression.indexOfWord(body, "if");
        if (!body.startsWith("for ") || in < 0 || condition < in) {
            return false;
        }
        String target = body.substring("for ".length(), in).strip();
        String list = "fitting_" + out.length();
        String item = target.contains(",") ? "[" + target + "]" : target;
        out.append("{% set ")
                .append(list)
                .append(" = [] %}{% ")
                .append(expression(body.substring(0, condition).strip()))
                .append(" %}{% if ")
                .append(expression(body.substring(condition + "if".length()).strip()))
                .append(" %}{% do ")
                .append(list)
                .append(".append(")
                .append(item)
                .append(") %}{% endif %}{% endfor %}{% for ")
                .append(target)
                .append(" in ")
                .append(list)
                .append(" %}");
        return true;
    }

    /** What stands between raw and endraw, as a literal. */
    private void raw() {
        Matcher found = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}").matcher(source);
        if (found.find(at)) {
            String text = source.substring(at, found.start());
            text = found.group(1).equals("-") ? stripEnd(text) : text;
            at = found.end();
            afterTag('%', found.group(2).isEmpty() ? ' ' : found.group(2).charAt(0));
            out.append("{{ '")
                    .append(text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n"))
                    .append("' }}");
        }
    }

    private void afterTag(char kind, char sign) {
        lineStarts = false;
        if (sign == '-') {
            while (at < source.length() && PythonMethods.isSpace(source.charAt(at))) {
                at++;
            }
        } else if (kind != '{' && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
            lineStarts = true;
        }
    }

    /** Index of the end of a tag that does not stand in a literal, or -1. */
    private int closing(int from, String close) {
        for (int i = from; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\'' || c == '"') {
                i = JinjaExpression.literalEnd(source, i) - 1;
            } else if (source.startsWith(close, i)) {
                // The braces of a map may stand before those of the tag.
                return close.equals("}}") && source.startsWith("}}}", i) ? i + 1 : i;
            }
        }
        return -1;
    }

    private static String expression(String body) {
        String escaped = ESCAPE.matcher(body)
                .replaceAll(
                        found -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(found.group(1), 16))));
        return new JinjaExpression(escaped).forJinjava();
    }

    private static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && PythonMethods.isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }
}
