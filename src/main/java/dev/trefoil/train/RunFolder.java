package dev.trefoil.train;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.RunLock;
import dev.trefoil.report.EventSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.Supplier;
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

    /** The stage's event file for TensorBoard, in a folder that outlives the work: RUNS/NAME/tensorboard/STAGE. */
    public Path events() {
        return artifact.resolveSibling("tensorboard")
                .resolve(artifact.getFileName())
                .resolve(EventSink.FILE_NAME);
    }

    /** The stage's metrics as a table: RUNS/NAME/csv/STAGE.csv. */
    public Path csv() {
        return artifact.resolveSibling("csv").resolve(artifact.getFileName() + ".csv");
    }

    /** Whether the stage has sealed its artifact. */
    public boolean isFinished() {
        return Artifact.exists(artifact);
    }

    /**
     * Does a stage's work in the working folder, which no other run may enter meanwhile, and deletes it when the work is done. After a
     * failure it stays.
     *
     * @param resume false: what an earlier run left there is deleted first
     */
    public <T> T hold(boolean resume, Supplier<T> work) {
        T result;
        RunLock lock = RunLock.acquire(work());
        try {
            begin(resume);
            result = work.get();
        } finally {
            lock.close();
        }
        try {
            deleteTree(work());
        } catch (IOException failed) {
            throw unwritable(failed);
        }
        return result;
    }

    private void begin(boolean resume) {
        if (resume) {
            return;
        }
        try {
            deleteTree(checkpoints());
            Files.deleteIfExists(metrics());
        } catch (IOException failed) {
            throw unwritable(failed);
        }
    }

    private UserError unwritable(IOException failed) {
        return new UserError(
                ExitCode.CONFIG_OR_DATA,
                work() + ": cannot be written: " + failed.getMessage() + "; choose another folder with --out",
                failed);
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
