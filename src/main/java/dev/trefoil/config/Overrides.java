package dev.trefoil.config;

import java.util.List;
import java.util.Optional;

/** Lays overrides of the form {@code a.b=value} over the keys of a file. */
final class Overrides {

    private Overrides() {}

    static void apply(List<String> overrides, Value.Section root, Problems problems) {
        for (String override : overrides) {
            int equals = override.indexOf('=');
            String path = equals < 0 ? "" : override.substring(0, equals).strip();
            Origin origin = Origin.override(override, path.replaceAll("\\.([0-9]+)(?=\\.|$)", "[$1]"));
            if (equals < 0 || path.isEmpty() || path.startsWith(".") || path.endsWith(".") || path.contains("..")) {
                problems.add(
                        Origin.override(override, ""),
                        "",
                        "must have the form key.key=value, such as --set optim.learning_rate=2e-4");
                continue;
            }
            String text = override.substring(equals + 1).strip();
            int before = problems.count();
            Optional<Value> parsed = YamlText.parse(text, origin, problems);
            if (problems.count() == before) {
                set(
                        root,
                        List.of(path.replaceAll("\\[([0-9]+)\\]", ".$1").split("\\.")),
                        parsed.orElse(new Value.Scalar(origin, "", false)),
                        origin,
                        problems);
            }
        }
    }

    private static void set(Value.Section root, List<String> path, Value value, Origin origin, Problems problems) {
        Value.Section section = root;
        for (int i = 0; i < path.size() - 1; i++) {
            String key = path.get(i);
            Value.Entry entry = section.entries().get(key);
            Value below = entry == null ? null : entry.value();
            if (below instanceof Value.Sequence list) {
                setInList(list, path.subList(i + 1, path.size()), value, origin, problems);
                return;
            }
            if (!(below instanceof Value.Section)) {
                below = new Value.Section(origin);
                section.entries().put(key, new Value.Entry(origin, below));
            }
            section = (Value.Section) below;
        }
        Value.Section one = new Value.Section(origin);
        one.entries().put(path.get(path.size() - 1), new Value.Entry(origin, value));
        section.merge(one);
    }

    /** {@code stages.0.seed=3} or {@code stages[0].seed=3}: items are counted from 0, and only existing ones can be changed. */
    private static void setInList(
            Value.Sequence list, List<String> path, Value value, Origin origin, Problems problems) {
        int index = path.get(0).matches("[0-9]{1,6}") ? Integer.parseInt(path.get(0)) : -1;
        if (index < 0 || index >= list.items().size()) {
            String last = list.items().isEmpty()
                    ? "it is empty"
                    : "0 to " + (list.items().size() - 1);
            problems.add(origin, "", "names item " + path.get(0) + " of a list; an index is wanted: " + last);
        } else if (path.size() == 1) {
            list.items().set(index, value);
        } else if (list.items().get(index) instanceof Value.Section section) {
            set(section, path.subList(1, path.size()), value, origin, problems);
        } else {
            problems.add(
                    origin,
                    "",
                    "names a key of item " + index + ", which is "
                            + list.items().get(index).shown());
        }
    }
}
