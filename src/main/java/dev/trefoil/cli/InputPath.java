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

    /** The candidate that a mistyped name was meant to be: fewest edits, at most a third of its letters. */
    static Optional<String> nearest(String name, Collection<String> candidates) {
        String best = null;
        int fewest = Math.max(1, name.length() / 3) + 1;
        for (String candidate : candidates) {
            int edits = edits(plain(name), plain(candidate));
            if (edits < fewest) {
                fewest = edits;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Letters to insert, delete or replace. */
    private static int edits(String left, String right) {
        int[] row = new int[right.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[right.length()];
    }
}
