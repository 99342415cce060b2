package dev.trefoil.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a run has left: a folder with an artifact for each stage, or the folder of one artifact.
 *
 * @param name of the run, for people
 * @param stages in their order
 * @param checks of a reproduction; empty for other runs
 * @param published what a recipe's source says, or null
 * @param bestOfN best-of-n.jsonl, what {@code trefoil eval best-of-n --json} prints: the baseline beside PPO
 */
public record RunFiles(
        String name,
        Path folder,
        List<StageRun> stages,
        List<Check> checks,
        PublishedTable published,
        List<JsonNode> bestOfN) {

    private static final List<String> ORDER = List.of("sft", "reward", "ppo");
    private static final String WORK = ".work";
    private static final String METRICS = "metrics.jsonl";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public RunFiles {
        stages = List.copyOf(stages);
        checks = List.copyOf(checks);
        bestOfN = List.copyOf(bestOfN);
    }

    /**
     * Reads a run.
     *
     * @param folder of a pipeline's run (runs/NAME) or of one stage (runs/NAME/STAGE)
     * @throws UserError when there is nothing of a run, or an artifact is damaged
     */
    public static RunFiles read(Path folder) {
        try {
            List<StageRun> stages = Artifact.exists(folder) ? List.of(StageRun.finished(folder)) : stagesIn(folder);
            if (stages.isEmpty()) {
                throw UserError.data(
                        folder + ": no run: found no stage in it, neither finished nor under way; wanted the"
                                + " folder of a run, such as runs/NAME, or of a stage, such as runs/NAME/sft");
            }
            return new RunFiles(name(folder), folder, stages, Check.read(folder), published(folder), best(folder));
        } catch (IOException unreadable) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, folder + ": cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private static List<StageRun> stagesIn(Path folder) throws IOException {
        List<StageRun> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        List<Path> children;
        try (Stream<Path> list = Files.list(folder)) {
            children = list.filter(Files::isDirectory)
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        }
        for (Path child : children) {
            String name = child.getFileName().toString();
            if (Artifact.exists(child) && !name.contains(".partial-")) {
                found.add(StageRun.finished(child));
            }
        }
        for (Path child : children) {
            String name = child.getFileName().toString();
            String stage = name.endsWith(WORK) ? name.substring(0, name.length() - WORK.length()) : "";
            if (!stage.isEmpty()
                    && Files.isRegularFile(child.resolve(METRICS))
                    && found.stream().noneMatch(other -> other.name().equals(stage))) {
                found.add(StageRun.underWay(stage, child));
            }
        }
        found.sort(Comparator.comparingInt(RunFiles::place).thenComparing(StageRun::name));
        return found;
    }

    private static int place(StageRun stage) {
        int place = ORDER.indexOf(stage.name());
        return place < 0 ? ORDER.size() : place;
    }

    private static String name(Path folder) {
        Path whole = folder.toAbsolutePath().normalize();
        Path last = whole.getFileName();
        if (last == null) {
            return whole.toString();
        }
        // The folder of a stage says little without the run's.
        boolean stage = ORDER.contains(last.toString()) && whole.getNameCount() > 1;
        return stage ? whole.getParent().getFileName() + "/" + last : last.toString();
    }

    private static PublishedTable published(Path folder) {
        Path file = folder.resolve(PublishedTable.FILE_NAME);
        return Files.isRegularFile(file) ? ConfigReader.read(file, PublishedTable.class) : null;
    }

    private static List<JsonNode> best(Path folder) throws IOException {
        Path file = folder.resolve("best-of-n.jsonl");
        List<JsonNode> found = new ArrayList<>();
        if (Files.isRegularFile(file)) {
            for (String line : Files.readAllLines(file)) {
                found.add(JSON.readTree(line));
            }
        }
        return found;
    }

    /** The stage of that name, if the run has it. */
    public Optional<StageRun> stage(String stage) {
        return stages.stream().filter(one -> one.name().equals(stage)).findFirst();
    }
}
