package dev.trefoil.token;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One expression or statement of a template, rewritten for Jinjava where it reads other than Jinja2. */
final class JinjaExpression {

    private static final Pattern WORD = Pattern.compile("\\w+");

    /** Words before which the operand of {@code not} ends. */
    private static final Set<String> ENDS = Set.of("and", "or", "if", "else");

    private final String source;
    private final boolean defines;
    private final StringBuilder out = new StringBuilder();
    private int at;

    JinjaExpression(String source) {
        this.source = source;
        this.defines = source.startsWith("macro ") || source.startsWith("call");
    }

    String forJinjava() {
        while (at < source.length()) {
            copy(false);
        }
        return out.toString();
    }

    /** Copies one literal, bracket with all in it, or character. */
    private void copy(boolean inCall) {
        char c = source.charAt(at);
        if (c == '\'' || c == '"') {
            int end = literalEnd(source, at);
            out.append(source, at, end);
            at = end;
        } else if (c == '(' || c == '[' || c == '{') {
            bracket(c);
        } else if (c == 'n' && startsWord()) {
            negation();
        } else if (inCall && isNamed()) {
            named();
        } else {
            out.append(c);
            at++;
        }
    }

    private boolean startsWord() {
        return at == 0 || !isPart(source.charAt(at - 1));
    }

    /** In Jinja2 {@code not} binds less than any comparison, in Jinjava more. */
    private void negation() {
        boolean operator = word(at).equals("not") && !word(skipSpace(at + 3)).equals("in") && !followsIs();
        if (!operator) {
            out.append(source.charAt(at));
            at++;
            return;
        }
        out.append("not (");
        at += 3;
        while (at < source.length() && !endsOperand()) {
            copy(false);
        }
        // White space before the next word stays there.
        out.append(") ");
    }

    private boolean endsOperand() {
        return ",)]}".indexOf(source.charAt(at)) >= 0 || (startsWord() && ENDS.contains(word(at)));
    }

    private boolean followsIs() {
        String before = source.substring(0, at).stripTrailing();
        return before.endsWith("is") && (before.length() == 2 || !isPart(before.charAt(before.length() - 3)));
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && PythonMethods.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    /** The word that begins there, or an empty text. */
    private String word(int from) {
        Matcher found = WORD.matcher(source).region(Math.min(from, source.length()), source.length());
        return found.lookingAt() ? found.group() : "";
    }

    private static boolean isPart(char c) {
        return Character.isJavaIdentifierPart(c);
    }

    private void bracket(char open) {
        char close = open == '(' ? ')' : open == '[' ? ']' : '}';
        if (open == '[' && source.startsWith("[::-1]", at)) {
            out.append("|reverse|list");
            at += "[::-1]".length();
            return;
        }
        boolean call = !defines && open == '(' && at > 0 && isPart(source.charAt(at - 1));
        out.append(open);
        at++;
        while (at < source.length() && source.charAt(at) != close) {
            copy(call);
        }
        if (at < source.length()) {
            out.append(close);
            at++;
        }
    }

    /** Whether the place is the equals sign between an argument's name and its value. */
    private boolean isNamed() {
        if (source.charAt(at) != '=' || source.startsWith("==", at)) {
            return false;
        }
        char before = source.charAt(at - 1);
        return "=!<>".indexOf(before) < 0;
    }

    /** A value of more than one word is bracketed: Jinjava ends it at its first operator. */
    private void named() {
        out.append("=(");
        at++;
        while (at < source.length() && source.charAt(at) != ',' && source.charAt(at) != ')') {
            copy(false);
        }
        out.append(')');
    }

    /** Index of a word that stands in no literal and no bracket, or -1. */
    static int indexOfWord(String source, String word) {
        int depth = 0;
        for (int i = 0; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\'' || c == '"') {
                i = literalEnd(source, i) - 1;
            } else if ("([{".indexOf(c) >= 0) {
                depth++;
            } else if (")]}".indexOf(c) >= 0) {
                depth--;
            } else if (depth == 0 && source.startsWith(word, i) && (i == 0 || !isPart(source.charAt(i - 1)))) {
                int end = i + word.length();
                if (end == source.length() || !isPart(source.charAt(end))) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** Index behind a literal that begins at {@code from}. */
    static int literalEnd(String text, int from) {
        char quote = text.charAt(from);
        for (int i = from + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == quote) {
                return i + 1;
            }
        }
        return text.length();
    }
}
