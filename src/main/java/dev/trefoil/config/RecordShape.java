package dev.trefoil.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The keys of a record type.
 *
 * @param type the record type
 * @param parts one for each component, in order
 */
record RecordShape(Class<?> type, List<Part> parts) {

    /**
     * One component as a key.
     *
     * @param doc its sentence, empty if there is none
     * @param range null if there is none
     */
    record Part(
            String component,
            String key,
            Kind kind,
            String doc,
            boolean required,
            Range range,
            boolean besideFile,
            Method accessor) {

        /** The component's value in a record; null in a null record. */
        Object in(Object owner) {
            if (owner == null) {
                return null;
            }
            try {
                return accessor.invoke(owner);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component + " of " + owner.getClass(), e);
            }
        }

        /** As {@link #in}, with the paths of a {@link BesideFile} component changed by {@code change}. */
        Object in(Object owner, UnaryOperator<Path> change) {
            Object value = in(owner);
            return besideFile ? changed(value, change) : value;
        }

        private static Object changed(Object value, UnaryOperator<Path> change) {
            if (value instanceof Path path) {
                return change.apply(path);
            }
            if (value instanceof List<?> list) {
                return list.stream().map(item -> changed(item, change)).toList();
            }
            if (value instanceof Map<?, ?> map) {
                Map<Object, Object> changed = new LinkedHashMap<>();
                map.forEach((key, item) -> changed.put(key, changed(item, change)));
                return changed;
            }
            return value;
        }

        boolean isCalled(String name) {
            return name.equals(key) || name.equals(component);
        }
    }

    static RecordShape of(Class<?> type) {
        List<Part> parts = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            Key key = component.getAnnotation(Key.class);
            Doc doc = component.getAnnotation(Doc.class);
            parts.add(new Part(
                    component.getName(),
                    key == null ? snakeCase(component.getName()) : key.value(),
                    Kind.of(component.getGenericType(), type.getSimpleName() + "." + component.getName()),
                    doc == null ? "" : doc.value().strip(),
                    component.isAnnotationPresent(Required.class),
                    component.getAnnotation(Range.class),
                    component.isAnnotationPresent(BesideFile.class),
                    accessor));
        }
        return new RecordShape(type, List.copyOf(parts));
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    Optional<Part> part(String name) {
        return parts.stream().filter(part -> part.isCalled(name)).findFirst();
    }

    List<String> keys() {
        return parts.stream().map(Part::key).toList();
    }

    /** The record's {@code static defaults()}, or null if the type has none. */
    Object defaults() {
        Method method;
        try {
            method = type.getDeclaredMethod("defaults");
        } catch (NoSuchMethodException e) {
            return null;
        }
        try {
            method.setAccessible(true);
            return method.invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    type.getName() + ".defaults() failed", e.getCause() == null ? e : e.getCause());
        }
    }

    /** Calls the canonical constructor; an IllegalArgumentException of the record passes through. */
    Object create(Object[] values) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException fault) {
                throw fault;
            }
            throw new IllegalStateException("the constructor of " + type.getName() + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " cannot be constructed", e);
        }
    }

    /** All key paths below this record, each after {@code prefix}; items of lists of records are not entered. */
    List<String> paths(String prefix) {
        List<String> paths = new ArrayList<>();
        for (Part part : parts) {
            paths.add(prefix + part.key());
            if (part.kind().form() == Kind.Form.SECTION) {
                paths.addAll(of(part.kind().raw()).paths(prefix + part.key() + "."));
            }
        }
        return paths;
    }
}
