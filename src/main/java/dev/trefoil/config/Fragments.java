package dev.trefoil.config;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Reads a file and what it {@code extends} into one section. */
final class Fragments {

    static final String EXTENDS = "extends";

    /** A ring is found at once; this bounds a tree that grows at each level. */
    private static final int MOST_FILES = 200;

    private final Problems problems;
    private final Deque<Path> open = new ArrayDeque<>();
    private int files;
    private boolean incomplete;

    Fragments(Problems problems) {
        this.problems = problems;
    }

    /** The merged keys of the file: fragments first, in their order, then its own. Without keys if it cannot be read. */
    Value.Section load(Path file) {
        return load(file, Origin.file(file, 0), "").orElseGet(() -> new Value.Section(Origin.file(file, 1)));
    }

    /** True if a file could not be read, so that absent keys mean nothing. */
    boolean incomplete() {
        return incomplete;
    }

    /**
     * Reads one file.
     *
     * @param asked the place that names the file, for the message if it does not exist
     */
    private Optional<Value.Section> load(Path file, Origin asked, String key) {
        Optional<Value.Section> read = enter(file, asked, key);
        incomplete |= read.isEmpty();
        return read;
    }

    private Optional<Value.Section> enter(Path file, Origin asked, String key) {
        Path identity = file.toAbsolutePath().normalize();
        if (open.contains(identity)) {
            List<String> ring = new ArrayList<>();
            open.descendingIterator()
                    .forEachRemaining(path -> ring.add(path.getFileName().toString()));
            ring.add(identity.getFileName().toString());
            problems.add(asked, key, "goes in a circle: " + String.join(" -> ", ring) + "; remove one of them");
            return Optional.empty();
        }
        if (++files > MOST_FILES) {
            problems.add(asked, key, "more than " + MOST_FILES + " files are read; extend fewer");
            return Optional.empty();
        }
        open.push(identity);
        try {
            return SourceFile.read(file, asked, key, problems).flatMap(text -> merge(file, text));
        } finally {
            open.pop();
        }
    }

    private Optional<Value.Section> merge(Path file, String text) {
        int before = problems.count();
        Optional<Value> value = YamlText.parse(text, Origin.file(file, 0), problems);
        if (value.isEmpty()) {
            if (problems.count() == before) {
                problems.add(Origin.file(file, 0), "", "is empty; keys and values are wanted");
            }
            return Optional.empty();
        }
        if (!(value.get() instanceof Value.Section own)) {
            problems.add(
                    value.get().origin(),
                    "",
                    "must hold keys and values, was " + value.get().shown());
            return Optional.empty();
        }
        Value.Section merged = new Value.Section(Origin.file(file, 1));
        Value.Entry parents = own.entries().remove(EXTENDS);
        if (parents != null) {
            for (Value parent :
                    parents.value() instanceof Value.Sequence list ? list.items() : List.of(parents.value())) {
                extend(merged, parent, file);
            }
        }
        merged.merge(own);
        return Optional.of(merged);
    }

    private void extend(Value.Section merged, Value parent, Path file) {
        if (!(parent instanceof Value.Scalar name) || name.text().isBlank()) {
            problems.add(parent.origin(), EXTENDS, "must be a path or a list of paths, was " + parent.shown());
            incomplete = true;
            return;
        }
        load(file.resolveSibling(name.text()).normalize(), parent.origin(), EXTENDS)
                .ifPresent(merged::merge);
    }
}
