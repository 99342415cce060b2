package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Opens reward models by name or path. A name is a folder below the reward-models folder; a path is a reward.yaml, a folder that
 * holds one, or an artifact of the reward stage (a folder with manifest.json).
 */
public final class RewardModels {

    private static final String FILE = "reward.yaml";
    static final String SEALED = "manifest.json";

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path folder;
    private final ArtifactRewardOpener artifacts;
    private final UnaryOperator<String> environment;

    private RewardModels(Path folder, ArtifactRewardOpener artifacts, UnaryOperator<String> environment) {
        this.folder = folder;
        this.artifacts = artifacts;
        this.environment = environment;
    }

    /** Reward models below the folder, and artifacts through the opener. */
    public static RewardModels in(Path folder, ArtifactRewardOpener artifacts) {
        return new RewardModels(folder, artifacts, System::getenv);
    }

    /** The same with other environment variables than the program's. */
    RewardModels withEnvironment(UnaryOperator<String> variables) {
        return new RewardModels(folder, artifacts, variables);
    }

    /** Reward models below the folder that need no base model; an artifact is an error. */
    public static RewardModels in(Path folder) {
        return in(folder, (artifact, options) -> {
            throw UserError.data(
                    artifact
                            + ": is an artifact of the reward stage, which needs a base model here; give --base DIR, or base: DIR in a reward.yaml of kind artifact");
        });
    }

    /** The names below the folder, sorted. */
    public List<String> names() {
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(path -> Files.isRegularFile(path.resolve(FILE)))
                    .map(path -> path.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Opens a model as its reward.yaml says. */
    public RewardModel open(String nameOrPath) {
        return open(nameOrPath, Map.of());
    }

    /**
     * Opens a model.
     *
     * @param overrides keys that replace those of reward.yaml (or the artifact's options), such as {@code command}
     * @throws UserError when it is not there, or something in its reward.yaml is wrong; the message names file and key
     */
    public RewardModel open(String nameOrPath, Map<String, Object> overrides) {
        return open(nameOrPath, overrides, new RewardBuilder(this, artifacts, environment, 0));
    }

    private RewardModel open(String nameOrPath, Map<String, Object> overrides, RewardBuilder builder) {
        Path found = find(nameOrPath);
        if (Files.isDirectory(found) && Files.isRegularFile(found.resolve(FILE))) {
            found = found.resolve(FILE);
        }
        if (Files.isDirectory(found)) {
            if (Files.isRegularFile(found.resolve(SEALED))) {
                return builder.artifact(found, overrides);
            }
            throw UserError.data(found + ": holds neither " + FILE + " nor " + SEALED
                    + "; name a reward model or a finished reward stage");
        }
        Map<String, Object> values = new LinkedHashMap<>(read(found));
        values.putAll(overrides);
        Path home = found.toAbsolutePath().getParent();
        String name = found.getFileName().toString().equals(FILE)
                ? home.getFileName().toString()
                : found.getFileName().toString().replaceFirst("\\.ya?ml$", "");
        return builder.build(name, found.toString(), values, home);
    }

    /**
     * Opens a model that is described in place, for a file that holds the description itself.
     *
     * @param name its name in logs
     * @param where the place to name in errors, as {@code file:line key}
     * @param values the keys of a reward.yaml
     * @param home the folder against which file names are resolved
     */
    public RewardModel open(String name, String where, Map<String, Object> values, Path home) {
        return new RewardBuilder(this, artifacts, environment, 0).build(name, where, values, home);
    }

    /**
     * The folder of a reward model, where golden.jsonl lies.
     *
     * @throws UserError when there is none of that name
     */
    public Path folderOf(String nameOrPath) {
        Path found = find(nameOrPath);
        return Files.isDirectory(found) ? found : found.toAbsolutePath().getParent();
    }

    /** A model that a reward.yaml names: relative to its own folder, or as {@link #open(String)} finds it. */
    RewardModel openNamed(String named, Path home, RewardBuilder builder) {
        Path beside = home.resolve(named);
        boolean own = !Files.isRegularFile(folder.resolve(named).resolve(FILE)) && Files.exists(beside);
        return open(own ? beside.toString() : named, Map.of(), builder);
    }

    private Path find(String nameOrPath) {
        Path named = folder.resolve(nameOrPath);
        if (!nameOrPath.contains(File.separator) && Files.isRegularFile(named.resolve(FILE))) {
            return named;
        }
        Path path = Path.of(nameOrPath);
        if (Files.exists(path)) {
            return path;
        }
        List<String> names = names();
        throw UserError.data("reward model '" + nameOrPath + "': is neither a path that exists nor a name in " + folder
                + Nearest.hint(nameOrPath, names) + "; names there: " + names);
    }

    private static Map<String, Object> read(Path file) {
        try {
            JsonNode node = YAML.readTree(file.toFile());
            if (!node.isObject()) {
                throw UserError.data(file + (node.isMissingNode() ? ": is empty" : ": is not a map")
                        + "; 'kind' and its keys are wanted");
            }
            return YAML.convertValue(node, new TypeReference<LinkedHashMap<String, Object>>() {});
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
            throw UserError.data(file + line + ": is not a YAML map of keys and values: "
                    + e.getOriginalMessage().lines().findFirst().orElse(""));
        } catch (IOException e) {
            throw UserError.data(file + ": cannot be read: " + e.getMessage());
        }
    }
}
