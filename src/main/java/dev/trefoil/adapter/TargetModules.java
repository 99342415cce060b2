package dev.trefoil.adapter;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which linears an adapter changes, by PEFT's rules: a list of names, each equal to a module's name or to its end after a dot;
 * or one regular expression that must match the whole name; or {@code all-linear}, every linear of the blocks.
 *
 * @param names the list, or null
 * @param pattern the expression or {@code all-linear}, or null
 */
public record TargetModules(List<String> names, String pattern) {

    /** PEFT's word for every linear of the blocks, the head excepted. */
    public static final String ALL_LINEAR = "all-linear";

    public TargetModules {
        if ((names == null) == (pattern == null)) {
            throw new IllegalArgumentException("target_modules is either a list of names or one string");
        }
        if (names != null) {
            names = List.copyOf(names);
            if (names.isEmpty()) {
                throw UserError.data("target_modules: an empty list; name at least one module, or \"all-linear\"");
            }
        } else if (!pattern.equals(ALL_LINEAR)) {
            checkPattern(pattern);
        }
    }

    public static TargetModules names(List<String> names) {
        return new TargetModules(names, null);
    }

    public static TargetModules names(String... names) {
        return new TargetModules(List.of(names), null);
    }

    /** A regular expression for the whole name, or {@code all-linear}. */
    public static TargetModules pattern(String pattern) {
        return new TargetModules(null, pattern);
    }

    public static TargetModules allLinear() {
        return new TargetModules(null, ALL_LINEAR);
    }

    /**
     * From a value of a YAML or JSON file.
     *
     * @param value null, a string or a list of strings
     * @return null for null, which means the family's default
     */
    public static TargetModules of(Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof String text) {
            return pattern(text);
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return names(list.stream().map(String.class::cast).toList());
        }
        throw UserError.data(
                "target_modules: wanted a list of names, a regular expression or \"all-linear\", found " + value);
    }

    /** Whether a module is meant; {@code all-linear} means all that are offered. */
    public boolean matches(String module) {
        if (names != null) {
            return names.stream().anyMatch(name -> endsWithName(module, name));
        }
        return pattern.equals(ALL_LINEAR) || Pattern.matches(pattern, module);
    }

    static boolean endsWithName(String module, String name) {
        return module.equals(name) || module.endsWith("." + name);
    }

    static Pattern checkPattern(String pattern) {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    "target_modules: \"" + pattern + "\" is no valid regular expression: " + e.getDescription()
                            + " at index " + e.getIndex() + "; write a list of names, or \"all-linear\"",
                    e);
        }
    }

    /** As in a configuration file. */
    @Override
    public String toString() {
        return names != null ? names.toString() : "\"" + pattern + "\"";
    }
}
