package dev.trefoil.config;

import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/** Collects faults, so that the user sees all of them at once. */
final class Problems {

    private record Problem(Origin origin, String text) {}

    private final List<Problem> found = new ArrayList<>();
    private final LinkedHashSet<String> labels = new LinkedHashSet<>();

    void add(Origin origin, String key, String text) {
        labels.add(origin.label());
        found.add(new Problem(origin, origin.head(key) + " " + text));
    }

    int count() {
        return found.size();
    }

    /** Throws one error with a line for each fault, by file and line, if there is any. */
    void throwIfAny() {
        if (found.isEmpty()) {
            return;
        }
        List<String> order = List.copyOf(labels);
        List<String> lines = found.stream()
                .sorted(Comparator.comparingInt((Problem p) -> p.origin().overridden() == null ? 0 : 1)
                        .thenComparingInt(p -> order.indexOf(p.origin().label()))
                        .thenComparingInt(p -> p.origin().line()))
                .map(Problem::text)
                .distinct()
                .toList();
        throw UserError.data(String.join(System.lineSeparator(), lines));
    }
}
