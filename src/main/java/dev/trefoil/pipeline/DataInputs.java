package dev.trefoil.pipeline;

import dev.trefoil.artifact.Hashes;
import dev.trefoil.data.DataConfig;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/** The data files that a configuration names, wherever it names them. */
final class DataInputs {

    private static final String MISSING = "missing";

    private DataInputs() {}

    /** SHA-256 of each file by its path as it is written in the configuration. */
    static SortedMap<String, String> hashes(Record config, Path root) {
        SortedMap<String, String> found = new TreeMap<>();
        collect(config, root, found);
        return found;
    }

    private static void collect(Record config, Path root, SortedMap<String, String> found) {
        if (config instanceof DataConfig data) {
            if (data.path() != null) {
                data.path().forEach(path -> found.put(path, hash(root.resolve(path))));
            }
            return;
        }
        for (RecordComponent component : config.getClass().getRecordComponents()) {
            try {
                if (Record.class.isAssignableFrom(component.getType())
                        && component.getAccessor().invoke(config) instanceof Record section) {
                    collect(section, root, found);
                }
            } catch (ReflectiveOperationException impossible) {
                throw new IllegalStateException("configuration records are public", impossible);
            }
        }
    }

    private static String hash(Path file) {
        try {
            return Files.isRegularFile(file) ? Hashes.sha256(file) : MISSING;
        } catch (IOException unreadable) {
            return MISSING;
        }
    }
}
