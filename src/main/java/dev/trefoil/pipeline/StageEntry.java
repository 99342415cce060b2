package dev.trefoil.pipeline;

import dev.trefoil.config.BesideFile;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** One stage of a pipeline file. */
public record StageEntry(
        @Required @Doc("Which stage.") StageKind stage,

        @Required @BesideFile @Doc("Its file, from the folder of the pipeline file.")
        Path config,

        @Doc("Keys that replace those of its file, as in {train.max_steps: 50}.")
        Map<String, Object> set) {

    public StageEntry {
        set = set == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(set));
    }

    public static StageEntry defaults() {
        return new StageEntry(null, null, Map.of());
    }
}
