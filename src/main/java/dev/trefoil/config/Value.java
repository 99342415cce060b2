package dev.trefoil.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A YAML value that knows where it stands. */
sealed interface Value {

    Origin origin();

    /** What the value is, for the "was ..." of a message. */
    String shown();

    /**
     * One word or number.
     *
     * @param text the text without quotes
     * @param quoted true if it stood in quotes or in a block, so that it is text and nothing else
     */
    record Scalar(Origin origin, String text, boolean quoted) implements Value {

        private static final int SHOWN_CHARACTERS = 60;

        boolean isNull() {
            return !quoted && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
        }

        boolean isEmpty() {
            return !quoted && text.isEmpty();
        }

        @Override
        public String shown() {
            if (isNull()) {
                return "empty";
            }
            String line = text.replace("\n", "\\n");
            String cut = line.length() > SHOWN_CHARACTERS ? line.substring(0, SHOWN_CHARACTERS) + "..." : line;
            return quoted ? '"' + cut + '"' : cut;
        }
    }

    /** A list. */
    record Sequence(Origin origin, List<Value> items) implements Value {

        @Override
        public String shown() {
            return "a list of " + items.size();
        }
    }

    /** Keys and values in the order of the file; the entries may be changed. */
    record Section(Origin origin, Map<String, Entry> entries) implements Value {

        Section(Origin origin) {
            this(origin, new LinkedHashMap<>());
        }

        @Override
        public String shown() {
            return entries.isEmpty()
                    ? "an empty section"
                    : "a section with the key " + entries.keySet().iterator().next();
        }

        /** Lays {@code over} on top: sections are merged key by key, anything else is replaced. */
        void merge(Section over) {
            over.entries.forEach((key, entry) -> {
                Entry below = entries.get(key);
                if (below != null && below.value() instanceof Section lower && entry.value() instanceof Section upper) {
                    lower.merge(upper);
                    entries.put(key, new Entry(entry.key(), new Section(upper.origin, lower.entries)));
                } else {
                    entries.put(key, entry);
                }
            });
        }
    }

    /** A value and the place of its key. */
    record Entry(Origin key, Value value) {}
}
