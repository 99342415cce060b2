package dev.trefoil.cli;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Paths that must exist; a mistyped one is answered with the nearest that does. */
final class InputPath {

    private static final int MOST_NAMES = 8;

    private InputPath() {}

    /**
     * The path, if a file is there.
     *
     * @param what what is wanted, such as {@code a pipeline file}
     */
    static Path file(Path path, String what) {
        if (Files.isDirectory(path)) {
            throw UserError.data(path + ": is a folder, wanted " + what + holds(path));
        }
        return existing(path, what);
    }

    /** The path, if a folder is there. */
    static Path folder(Path path, String what) {
        if (Files.isRegularFile(path)) {
            throw UserError.data(path + ": is a file, wanted " + what);
        }
        return existing(path, what);
    }

    /** The path, if something is there. */
    static Path existing(Path path, String what) {
        if (Files.exists(path)) {
            return path;
        }
        Path absolute = path.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        Path missing = absolute.getFileName();
        while (parent != null && !Files.isDirectory(parent)) {
            missing = parent.getFileName();
            parent = parent.getParent();
        }
        if (parent == null || missing == null) {
            throw UserError.data(path + ": no such file or folder; wanted " + what);
        }
        Path shown = shown(path, absolute, parent);
        String near = nearest(missing.toString(), names(parent))
                .map(name -> "; did you mean " + shown.resolve(name) + "?")
                .orElse(holds(parent));
        throw UserError.data(path + ": no such file or folder; wanted " + what + near);
    }

    /** The existing part as the user wrote the path: relative where that was. */
    private static Path shown(Path asked, Path absolute, Path parent) {
        if (asked.isAbsolute()) {
            return parent;
        }
        Path here = Path.of("").toAbsolutePath();
        return absolute.startsWith(here) ? here.relativize(parent) : parent;
    }

    private static String holds(Path folder) {
        List<String> names = names(folder);
        if (names.isEmpty()) {
            return "; " + folder + " is empty";
        }
        String more = names.size() > MOST_NAMES ? ", ..." : "";
        return "; " + folder + " holds " + String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())))
                + more;
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.map(child -> child.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    /** The candidate that a mistyped name was meant to be, by shared pairs of letters (Dice's coefficient). */
    static Optional<String> nearest(String name, Collection<String> candidates) {
        String best = null;
        double most = 0.5;
        for (String candidate : candidates) {
            double likeness = likeness(plain(name), plain(candidate));
            if (likeness > most) {
                most = likeness;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static double likeness(String left, String right) {
        int shared = 0;
        StringBuilder rest = new StringBuilder(right);
        for (int i = 0; i + 2 <= left.length(); i++) {
            int found = rest.indexOf(left.substring(i, i + 2));
            if (found >= 0) {
                // Both letters are taken out of the count, but their neighbours stay apart.
                rest.replace(found, found + 2, "\0");
                shared++;
            }
        }
        int pairs = left.length() + right.length() - 2;
        return pairs <= 0 ? (left.equals(right) ? 1 : 0) : 2.0 * shared / pairs;
    }
}
