package dev.trefoil.report;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A titled block of keys and values, such as the one that closes a run. */
public final class Summary {

    private final String title;
    private final Map<String, String> entries = new LinkedHashMap<>();

    public Summary(String title) {
        this.title = PrintableText.of(title);
    }

    /** Adds a line; a key given again replaces its value. */
    public Summary add(String key, String value) {
        entries.put(PrintableText.of(key), PrintableText.of(value));
        return this;
    }

    public Summary add(String key, double value) {
        return add(key, Rounded.of(value));
    }

    /** What was added, in order. */
    public Map<String, String> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /** Title, then one aligned line per entry; ends with a newline. */
    public String toText() {
        int width =
                entries.keySet().stream().mapToInt(PrintableText::columns).max().orElse(0);
        StringBuilder out = new StringBuilder(title).append('\n');
        entries.forEach((key, value) -> out.append("  ")
                .append(key)
                .append(" ".repeat(width - PrintableText.columns(key) + 2))
                .append(value)
                .append('\n'));
        return out.toString();
    }

    @Override
    public String toString() {
        return toText();
    }
}
