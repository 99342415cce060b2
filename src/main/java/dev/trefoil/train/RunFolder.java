package dev.trefoil.train;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Where a stage writes: the sealed folder RUNS/NAME/STAGE, and beside it RUNS/NAME/STAGE.work with checkpoints and metrics while it is
 * under way. The second is gone when the first is there.
 *
 * @param artifact the folder that the stage seals
 */
public record RunFolder(Path artifact) {

    private static final String WORK = ".work";

    /** RUNS/NAME/STAGE. */
    public static RunFolder of(Path runs, String name, String stage) {
        return new RunFolder(runs.resolve(name).resolve(stage));
    }

    /** What a resumed run needs. */
    public Path work() {
        return artifact.resolveSibling(artifact.getFileName() + WORK);
    }

    public Path checkpoints() {
        return work().resolve("checkpoints");
    }

    /** metrics.jsonl of the run under way. */
    public Path metrics() {
        return work().resolve("metrics.jsonl");
    }

    /** Whether the stage has sealed its artifact. */
    public boolean isFinished() {
        return Artifact.exists(artifact);
    }

    /** Makes the working folder; without {@code resume} what an earlier run left in it is deleted. */
    public void begin(boolean resume) {
        try {
            if (!resume) {
                deleteTree(work());
            }
            Files.createDirectories(work());
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    work() + ": cannot be written: " + failed.getMessage() + "; choose another folder with --out",
                    failed);
        }
    }

    /** Deletes the working folder. */
    public void finish() throws IOException {
        deleteTree(work());
    }

    static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }
}
