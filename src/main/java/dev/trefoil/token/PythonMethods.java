package dev.trefoil.token;

import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;

/** The methods of Python's str and dict that templates call, with Python's meaning. */
final class PythonMethods extends ELResolver {

    /** Stands for the result of a method that is none of these: null is a result. */
    private static final Object UNKNOWN = new Object();

    @Override
    public Object invoke(ELContext context, Object base, Object method, Class<?>[] types, Object[] params) {
        Object found = UNKNOWN;
        if (base instanceof CharSequence text) {
            found = ofText(text.toString(), method.toString(), params);
        } else if (base instanceof Map<?, ?> map) {
            found = ofMap(map, method.toString(), params);
        }
        if (found == UNKNOWN) {
            return null;
        }
        context.setPropertyResolved(true);
        return found;
    }

    private static Object ofMap(Map<?, ?> map, String method, Object[] params) {
        return switch (method) {
            case "get" -> {
                Object value = map.get(String.valueOf(params[0]));
                yield value == null && params.length > 1 ? params[1] : value;
            }
            case "keys" -> new ArrayList<>(map.keySet());
            case "values" -> new ArrayList<>(map.values());
            case "items" -> PythonItems.pairs(map);
            default -> UNKNOWN;
        };
    }

    private static Object ofText(String text, String method, Object[] params) {
        return switch (method) {
            case "startswith" -> anyOf(params[0]).stream().anyMatch(text::startsWith);
            case "endswith" -> anyOf(params[0]).stream().anyMatch(text::endsWith);
            case "strip" -> strip(text, params, true, true);
            case "lstrip" -> strip(text, params, true, false);
            case "rstrip" -> strip(text, params, false, true);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "capitalize" ->
                text.isEmpty()
                        ? ""
                        : text.substring(0, 1).toUpperCase(Locale.ROOT)
                                + text.substring(1).toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "replace" -> replace(text, params[0].toString(), params[1].toString());
            case "split" -> split(text, params, false);
            case "rsplit" -> split(text, params, true);
            case "splitlines" -> text.isEmpty() ? List.of() : text.lines().toList();
            case "find" -> (long) text.indexOf(params[0].toString());
            case "count" -> (long) (text.split(Pattern.quote(params[0].toString()), -1).length - 1);
            case "join" -> join(text, texts((Iterable<?>) params[0]));
            default -> UNKNOWN;
        };
    }

    private static String replace(String text, String what, String by) {
        long found = what.isEmpty() ? text.length() + 1L : count(text, what);
        checkLength(text.length() + found * Math.max(0, by.length() - what.length()));
        return text.replace(what, by);
    }

    private static long count(String text, String what) {
        long count = 0;
        for (int at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + what.length())) {
            count++;
        }
        return count;
    }

    private static String join(String between, List<String> texts) {
        checkLength(texts.stream().mapToLong(String::length).sum() + (long) between.length() * texts.size());
        return String.join(between, texts);
    }

    /** Before the text is made: a few doublings take all memory. */
    private static void checkLength(long length) {
        if (length > ChatTemplate.MOST_CHARACTERS) {
            throw new IllegalArgumentException(
                    "a text of " + length + " characters is longer than " + ChatTemplate.MOST_CHARACTERS);
        }
    }

    /** One text, or a tuple of them. */
    private static List<String> anyOf(Object parts) {
        return parts instanceof Iterable<?> several ? texts(several) : List.of(parts.toString());
    }

    private static List<String> texts(Iterable<?> several) {
        List<String> texts = new ArrayList<>();
        several.forEach(one -> texts.add(String.valueOf(one)));
        return texts;
    }

    private static String strip(String text, Object[] params, boolean left, boolean right) {
        String set = params.length > 0 && params[0] != null ? params[0].toString() : null;
        int from = 0;
        int to = text.length();
        while (left && from < to && isIn(text.charAt(from), set)) {
            from++;
        }
        while (right && to > from && isIn(text.charAt(to - 1), set)) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isIn(char c, String set) {
        return set == null ? isSpace(c) : set.indexOf(c) >= 0;
    }

    /** What Python's str.isspace says of one character. */
    static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder(text.toLowerCase(Locale.ROOT));
        for (int i = 0; i < title.length(); i++) {
            if (i == 0 || !Character.isLetter(title.charAt(i - 1))) {
                title.setCharAt(i, Character.toUpperCase(title.charAt(i)));
            }
        }
        return title.toString();
    }

    /** Without a separator at white space, as Python: without empty pieces. */
    private static List<String> split(String text, Object[] params, boolean fromRight) {
        if (params.length == 0 || params[0] == null) {
            String stripped = text.strip();
            return stripped.isEmpty() ? List.of() : Arrays.asList(stripped.split("\\s+"));
        }
        String separator = params[0].toString();
        long most = params.length > 1 ? ((Number) params[1]).longValue() : Long.MAX_VALUE;
        List<String> pieces = new ArrayList<>();
        String rest = text;
        for (long cuts = 0; most < 0 || cuts < most; cuts++) {
            int at = fromRight ? rest.lastIndexOf(separator) : rest.indexOf(separator);
            if (at < 0) {
                break;
            }
            pieces.add(fromRight ? rest.substring(at + separator.length()) : rest.substring(0, at));
            rest = fromRight ? rest.substring(0, at) : rest.substring(at + separator.length());
        }
        pieces.add(rest);
        if (fromRight) {
            Collections.reverse(pieces);
        }
        return pieces;
    }

    @Override
    public Object getValue(ELContext context, Object base, Object property) {
        return null;
    }

    @Override
    public Class<?> getType(ELContext context, Object base, Object property) {
        return null;
    }

    @Override
    public void setValue(ELContext context, Object base, Object property, Object value) {
        // Nothing here can be set: the next resolver is asked.
    }

    @Override
    public boolean isReadOnly(ELContext context, Object base, Object property) {
        return true;
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, Object base) {
        return null;
    }

    @Override
    public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
        return Collections.emptyIterator();
    }
}
