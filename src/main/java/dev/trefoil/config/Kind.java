package dev.trefoil.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What may stand behind a key.
 *
 * @param form how the value is read and written
 * @param raw the Java type
 * @param element kind of the items of a list or of the values of a map, else null
 */
record Kind(Form form, Class<?> raw, Kind element) {

    enum Form {
        WHOLE,
        NUMBER,
        FLAG,
        TEXT,
        PATH,
        CHOICE,
        PARSED,
        SECTION,
        LIST,
        MAP,
        ANY
    }

    private static final Set<Class<?>> WHOLE_TYPES = Set.of(int.class, Integer.class, long.class, Long.class);
    private static final Set<Class<?>> BOXED = Set.of(Integer.class, Long.class, Double.class, Boolean.class);

    /**
     * The kind of a record component's type.
     *
     * @param component names the component if its type cannot be read
     * @throws IllegalStateException if the type is none that a configuration can hold: a defect of the record
     */
    static Kind of(Type type, String component) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return new Kind(Form.LIST, List.class, of(arguments[0], component));
            }
            if (generic.getRawType() == Map.class && arguments[0] == String.class) {
                return new Kind(Form.MAP, Map.class, of(arguments[1], component));
            }
        }
        if (type instanceof Class<?> raw) {
            Form form = form(raw);
            if (form != null) {
                return new Kind(form, raw, null);
            }
        }
        throw new IllegalStateException(
                component + " has the type " + type.getTypeName() + ", which no configuration holds");
    }

    private static Form form(Class<?> raw) {
        if (WHOLE_TYPES.contains(raw)) {
            return Form.WHOLE;
        }
        if (raw == double.class || raw == Double.class) {
            return Form.NUMBER;
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return Form.FLAG;
        }
        if (raw == String.class) {
            return Form.TEXT;
        }
        if (raw == Path.class) {
            return Form.PATH;
        }
        if (raw == Object.class) {
            return Form.ANY;
        }
        if (raw.isEnum()) {
            return Form.CHOICE;
        }
        if (parser(raw) != null) {
            return Form.PARSED;
        }
        return raw.isRecord() ? Form.SECTION : null;
    }

    private static Method parser(Class<?> raw) {
        try {
            Method method = raw.getDeclaredMethod("parse", String.class);
            boolean fits = Modifier.isStatic(method.getModifiers()) && method.getReturnType() == raw;
            return fits ? method : null;
        } catch (NoSuchMethodException e) {
            return null;
        }
    }

    /** Whether null is a value that a user may write, whatever the default. */
    boolean nullable() {
        return BOXED.contains(raw) || form == Form.ANY;
    }

    boolean isOneValue() {
        return form != Form.SECTION && form != Form.LIST && form != Form.MAP;
    }

    /** Calls the type's {@code static parse(String)}; its IllegalArgumentException passes through. */
    Object parse(String text) {
        Method method = parser(raw);
        method.setAccessible(true);
        try {
            return method.invoke(null, text);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException fault) {
                throw fault;
            }
            throw new IllegalStateException(raw.getName() + ".parse failed on " + text, e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(raw.getName() + ".parse cannot be called", e);
        }
    }

    /** The names of an enum as a configuration writes them. */
    List<String> choices() {
        return Arrays.stream(raw.getEnumConstants())
                .map(constant -> choiceName((Enum<?>) constant))
                .toList();
    }

    static String choiceName(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What is wanted, in words: {@code a whole number}, {@code one of fixed, adaptive}. */
    String wanted() {
        return switch (form) {
            case WHOLE -> "a whole number";
            case NUMBER -> "a number";
            case FLAG -> "true or false";
            case TEXT -> "text";
            case PATH -> "a path";
            case CHOICE -> "one of " + String.join(", ", choices());
            case PARSED -> "a " + raw.getSimpleName().toLowerCase(Locale.ROOT) + " value";
            case SECTION ->
                "a section with the keys "
                        + RecordShape.of(raw).parts().stream()
                                .map(RecordShape.Part::key)
                                .collect(Collectors.joining(", "));
            case LIST -> "a list, each item " + element.wanted();
            case MAP -> "a section, each value " + element.wanted();
            case ANY -> "a value";
        };
    }
}
