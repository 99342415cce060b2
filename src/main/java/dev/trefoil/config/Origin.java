package dev.trefoil.config;

import java.nio.file.Path;

/**
 * Where a value stands.
 *
 * @param label the file as the user named it, or the override as it was typed
 * @param line line in the file, from 1; 0 for an override
 * @param folder folder that the file lies in; null for an override
 * @param overridden the key path that the override names; null for a file
 */
record Origin(String label, int line, Path folder, String overridden) {

    static Origin file(Path file, int line) {
        Path parent = file.getParent();
        return new Origin(file.toString(), line, parent == null ? Path.of("") : parent, null);
    }

    static Origin override(String text, String key) {
        return new Origin("--set " + text, 0, null, key);
    }

    Origin atLine(int newLine) {
        return overridden != null ? this : new Origin(label, newLine, folder, null);
    }

    /** The head of a message on {@code key} (empty for the file as a whole), up to and including the colon. */
    String head(String key) {
        String place = line > 0 ? label + ":" + line : label;
        return key.isEmpty() || key.equals(overridden) ? place + ":" : place + " " + key + ":";
    }
}
