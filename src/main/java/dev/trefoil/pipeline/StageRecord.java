package dev.trefoil.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.Hashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a pipeline remembers of a finished stage beside its artifact: OUT/STAGE.json.
 *
 * @param artifact hash of the sealed folder
 * @param config hash of the configuration
 * @param settings the configuration itself, as YAML
 * @param base hash of the base
 * @param parents hashes of the artifacts it was given
 * @param data hashes of the data files by path
 * @param seconds that it took
 * @param metrics that sum it up
 * @param summaryLines the same for people
 */
record StageRecord(
        String artifact,
        String config,
        String settings,
        String base,
        SortedMap<String, String> parents,
        SortedMap<String, String> data,
        double seconds,
        Map<String, Double> metrics,
        List<String> summaryLines) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    static Path file(Path artifact) {
        return artifact.resolveSibling(artifact.getFileName() + ".json");
    }

    /** The record of a stage, or null when there is none that can be read. */
    static StageRecord read(Path artifact) {
        Path file = file(artifact);
        try {
            StageRecord record =
                    Files.isRegularFile(file) ? JSON.readValue(Files.readString(file), StageRecord.class) : null;
            return record != null && record.isWhole() ? record : null;
        } catch (IOException unreadable) {
            return null;
        }
    }

    private boolean isWhole() {
        return Stream.of(artifact, config, base, parents, data, metrics, summaryLines)
                        .allMatch(Objects::nonNull)
                && summaryLines.stream().allMatch(Objects::nonNull);
    }

    void write(Path artifactFolder) throws IOException {
        try {
            AtomicFiles.write(
                    file(artifactFolder), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** What a stage would be given now. */
    static StageRecord expected(StageKind.Loaded stage, String baseHash, Path dataRoot) {
        SortedMap<String, String> parents = new TreeMap<>();
        stage.parents().forEach((role, folder) -> {
            if (Artifact.exists(folder)) {
                parents.put(role, Artifact.open(folder).hash());
            }
        });
        return new StageRecord(
                null,
                stage.hash(),
                stage.yaml(),
                baseHash,
                parents,
                DataInputs.hashes(stage.config(), dataRoot),
                0,
                Map.of(),
                List.of());
    }

    /**
     * In words, how what it was given differs from what it would be given now; empty when it does not. A key that the version which wrote
     * this record did not have yet counts as its default.
     */
    List<String> changes(StageKind kind, StageRecord now) {
        List<String> found = new ArrayList<>(configChanges(kind, now));
        if (!base.equals(now.base)) {
            found.add("the base (" + Hashes.brief(base) + " then, " + Hashes.brief(now.base) + " now)");
        }
        for (Map.Entry<String, String> parent : now.parents.entrySet()) {
            if (!parent.getValue().equals(parents.get(parent.getKey()))) {
                found.add("the " + parent.getKey() + " artifact");
            }
        }
        for (Map.Entry<String, String> file : now.data.entrySet()) {
            String then = data.get(file.getKey());
            if (then != null && !then.equals(file.getValue())) {
                found.add("the data file " + file.getKey());
            }
        }
        return found;
    }

    private List<String> configChanges(StageKind kind, StageRecord now) {
        if (config.equals(now.config)) {
            return List.of();
        }
        Optional<StageKind.Loaded> then = inThisVersion(kind);
        if (then.map(StageKind.Loaded::hash).filter(now.config::equals).isPresent()) {
            return List.of();
        }
        String yaml = then.map(StageKind.Loaded::yaml).orElse(settings);
        List<String> keys = yaml == null ? List.of() : ConfigChanges.between(yaml, now.settings);
        return List.of(keys.isEmpty() ? "its configuration" : "its configuration: " + String.join(", ", keys));
    }

    /** The settings as this version reads them; empty when it does not know all their keys and values. */
    private Optional<StageKind.Loaded> inThisVersion(StageKind kind) {
        try {
            return Optional.ofNullable(settings).map(kind::readBack);
        } catch (UserError keysOfAnotherVersion) {
            return Optional.empty();
        }
    }
}
