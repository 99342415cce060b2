package dev.trefoil.config;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Reads a YAML file into a record.
 *
 * <p><b>Record types.</b> A component {@code maxNewTokens} is the key {@code max_new_tokens}. Types: {@code int}, {@code long},
 * {@code double}, {@code boolean} and their boxed forms, {@code String}, {@code Path}, enums (written in lower case, with '-' or
 * '_'), any type with {@code static T parse(String)} that its {@code toString} can be read back by (such as {@link Bytes}),
 * records, {@code List<T>}, {@code Map<String, T>}, and {@code Object} for free options (Boolean, Long, Double, String, List,
 * Map). Lists and maps are unmodifiable and keep their order.
 *
 * <p><b>Absent keys</b> take the value of the record's {@code static X defaults()}; those of a section take it from the
 * enclosing record's default for it, if that is not null. A section whose default is null is an optional one and stays null
 * when absent. A {@link Required} key must be given, so is a primitive of a record without {@code defaults()}. {@code key:
 * null} switches off a value that is boxed or null by default. A single value where a list is wanted is a list of one.
 *
 * <p><b>Checks.</b> {@link Range}; and what a compact constructor refuses with {@code IllegalArgumentException("key: must be
 * ..., was ...")}, reported at that key, or at the section if the message names none of its keys.
 *
 * <p><b>Fragments.</b> {@code extends: path} or a list of paths at the top of a file, relative to it: sections are merged key by
 * key, lists and values replaced, the later one wins and the file itself over all.
 *
 * <p><b>Overrides</b> have the form {@code optim.learning_rate=2e-4}; the value is YAML, such as {@code [a, b]} or
 * {@code {fast: true}}; {@code stages.0.seed=1} changes an item of a list.
 */
public final class ConfigReader {

    private ConfigReader() {}

    /** As {@link #read(Path, List, Class)} without overrides. */
    public static <T extends Record> T read(Path file, Class<T> type) {
        return read(file, List.of(), type);
    }

    /**
     * Reads the file with its fragments and lays the overrides on top.
     *
     * @param file a YAML file in UTF-8
     * @param overrides {@code key.key=value} each, later ones win
     * @param type the record type
     * @throws dev.trefoil.UserError with exit code CONFIG_OR_DATA and a line for every fault, each of the form
     *     {@code FILE:LINE key: what is wrong; what to do}
     */
    public static <T extends Record> T read(Path file, List<String> overrides, Class<T> type) {
        Problems problems = new Problems();
        Fragments fragments = new Fragments(problems);
        Value.Section root = fragments.load(file);
        return bind(root, fragments.incomplete(), overrides, type, problems);
    }

    /**
     * The record that overrides alone make of the defaults, for a command that needs no file.
     *
     * @throws dev.trefoil.UserError as {@link #read(Path, List, Class)}
     */
    public static <T extends Record> T fromOverrides(List<String> overrides, Class<T> type) {
        Value.Section root = new Value.Section(new Origin("settings", 0, null, null));
        return bind(root, false, overrides, type, new Problems());
    }

    /**
     * As {@link #read(Path, Class)} of a text that {@link ConfigWriter#toYaml} has written, perhaps in an earlier version: keys that it did
     * not have yet take their defaults.
     *
     * @throws dev.trefoil.UserError when it holds keys or values that this version does not know
     */
    public static <T extends Record> T readBack(String yaml, Class<T> type) {
        Problems problems = new Problems();
        Origin origin = new Origin("recorded settings", 0, null, null);
        Value root = YamlText.parse(yaml, origin, problems).orElse(null);
        problems.throwIfAny();
        if (!(root instanceof Value.Section section)) {
            throw UserError.data(origin.head("") + " must hold keys and values");
        }
        return bind(section, false, List.of(), type, problems);
    }

    /**
     * The keys at the top of a file and its fragments, by which a command tells what kind of file it was given.
     *
     * @throws dev.trefoil.UserError if the file, or one that it extends, is absent or is no YAML
     */
    public static Set<String> topLevelKeys(Path file) {
        Problems problems = new Problems();
        Value.Section root = new Fragments(problems).load(file);
        problems.throwIfAny();
        return Collections.unmodifiableSet(root.entries().keySet());
    }

    private static <T extends Record> T bind(
            Value.Section root, boolean incomplete, List<String> overrides, Class<T> type, Problems problems) {
        Overrides.apply(overrides, root, problems);
        Object bound = new Binder(type, incomplete, problems).bind(root);
        problems.throwIfAny();
        return type.cast(bound);
    }
}
