package dev.trefoil.pipeline;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.quant.BaseConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pipeline file with the files of its stages, all read and joined: nothing runs before every file is right.
 *
 * @param file the pipeline file
 * @param config its content; base and prepare are those of the scale
 * @param out folder of the run
 * @param scale that was taken, or null
 * @param stages in their order
 */
public record Pipeline(Path file, PipelineConfig config, Path out, String scale, List<PlannedStage> stages) {

    public Pipeline {
        stages = List.copyOf(stages);
    }

    /**
     * One stage of a run.
     *
     * @param artifact folder that it seals
     */
    public record PlannedStage(StageKind.Loaded loaded, Path artifact) {

        public String name() {
            return loaded.kind().key();
        }
    }

    /**
     * Reads a pipeline and its stages.
     *
     * @param overrides {@code key=value} each; one that begins with the name of a stage and a dot is for that stage's file
     * @param scale name of one of the file's scales, or null
     * @param out folder of the run, or null for the file's
     * @throws UserError with all faults of all files
     */
    public static Pipeline load(Path file, List<String> overrides, String scale, Path out) {
        List<String> own =
                overrides.stream().filter(text -> stageOf(text) == null).toList();
        PipelineConfig config = ConfigReader.read(file, own, PipelineConfig.class);
        String size = scale == null ? config.scale() : scale;
        if (size != null && !config.scales().containsKey(size)) {
            throw new UserError(
                    ExitCode.USAGE,
                    "--scale " + size + ": " + file + " has no such scale; "
                            + (config.scales().isEmpty()
                                    ? "it has none"
                                    : "known: " + config.scales().keySet()));
        }
        Path folder = out == null ? config.out() : out;
        List<PlannedStage> stages = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        unknownStages(file, config, overrides, faults);
        for (StageEntry entry : config.stages()) {
            try {
                stages.add(stage(file, config, entry, folder, size, overrides));
            } catch (UserError fault) {
                faults.add(fault.getMessage());
            }
        }
        if (!faults.isEmpty()) {
            throw UserError.data(String.join("\n", faults));
        }
        // A base that was asked for on the command line counts for every scale.
        boolean asked = own.stream().anyMatch(text -> text.startsWith("base="));
        return new Pipeline(file, size == null || asked ? config : config.at(size), folder, size, stages);
    }

    private static void unknownStages(Path file, PipelineConfig config, List<String> overrides, List<String> faults) {
        for (String override : overrides) {
            StageKind kind = stageOf(override);
            if (kind != null && config.stages().stream().noneMatch(entry -> entry.stage() == kind)) {
                faults.add("--set " + override + ": " + file + " has no stage " + kind.key());
            }
        }
    }

    private static PlannedStage stage(
            Path file, PipelineConfig config, StageEntry entry, Path out, String scale, List<String> overrides) {
        StageKind kind = entry.stage();
        String key = kind.key();
        List<String> merged = new ArrayList<>();
        if (config.seed() != null) {
            merged.add("seed=" + config.seed());
        }
        merged.addAll(Settings.lines(entry.set()));
        if (scale != null) {
            merged.addAll(Settings.lines(config.scales().get(scale).getOrDefault(key, Map.of())));
        }
        overrides.stream()
                .filter(text -> stageOf(text) == kind)
                .map(text -> text.substring(key.length() + 1))
                .forEach(merged::add);
        StageKind.Loaded loaded = kind.load(entry.config(), merged);
        List<String> wiring = new ArrayList<>();
        Map<String, Path> references = references(loaded);
        for (Map.Entry<String, Path> reference : references.entrySet()) {
            String named = reference.getValue().getFileName().toString().substring(StageKind.REFERENCE.length());
            StageKind before = earlier(file, config, entry, named);
            wiring.addAll(kind.wire(reference.getKey(), out.resolve(before.key())));
        }
        merged.addAll(wiring);
        return new PlannedStage(wiring.isEmpty() ? loaded : kind.load(entry.config(), merged), out.resolve(key));
    }

    private static Map<String, Path> references(StageKind.Loaded loaded) {
        Map<String, Path> found = new LinkedHashMap<>();
        loaded.parents().forEach((role, path) -> {
            if (StageKind.isReference(path)) {
                found.put(role, path);
            }
        });
        return found;
    }

    private static StageKind earlier(Path file, PipelineConfig config, StageEntry entry, String named) {
        List<String> before = new ArrayList<>();
        for (StageEntry candidate : config.stages()) {
            if (candidate == entry) {
                break;
            }
            if (candidate.stage().key().equals(named)) {
                return candidate.stage();
            }
            before.add(candidate.stage().key());
        }
        throw UserError.data(entry.config() + ": " + StageKind.REFERENCE + named + ": found no stage " + named
                + " before " + entry.stage().key() + " in " + file + "; wanted one of " + before);
    }

    /** The stage that an override is for, or null when it is for the pipeline file. */
    private static StageKind stageOf(String override) {
        for (StageKind kind : StageKind.values()) {
            if (override.startsWith(kind.key() + ".")) {
                return kind;
            }
        }
        return null;
    }

    /** The base's folder, prepared from the file's source if it is not there yet. */
    public Path base() {
        return config.base();
    }

    /** Whether the base store is there. */
    public boolean hasBase() {
        return Files.isRegularFile(config.base().resolve(BaseConfig.FILE_NAME));
    }
}
