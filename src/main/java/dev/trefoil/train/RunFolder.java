package dev.trefoil.train;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.RunLock;
import dev.trefoil.report.EventSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.Supplier;

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

    /** doctor.jsonl of the run under way. */
    public Path doctor() {
        return work().resolve("doctor.jsonl");
    }

    /** Steps of the newest checkpoint that an interrupted run has left here. */
    public OptionalLong interruptedAt() {
        return Checkpoints.newest(checkpoints());
    }

    /** Whether the stage has sealed its artifact. */
    public boolean isFinished() {
        return Artifact.exists(artifact);
    }

    /** Whether the stage has sealed its artifact and there is no work to go on with. */
    public boolean isOver() {
        return isFinished() && !Files.isDirectory(work());
    }

    /**
     * Does work in the working folder, which no other run may enter meanwhile, and deletes it when the work is done. After a failure it
     * stays. What a killed run has left half-written beside the folder is deleted.
     *
     * @param resume false: what an earlier run left there is deleted first
     */
    public <T> T hold(boolean resume, Supplier<T> work) {
        try (RunLock lock = RunLock.acquire(work())) {
            ArtifactWriter.deleteLeftovers(artifact);
            begin(resume);
            T result = work.get();
            deleteWork(lock);
            return result;
        }
    }

    /** Under the lock, so that no other run begins in a folder that is about to go. */
    private void deleteWork(RunLock lock) {
        try {
            lock.deleteFolder();
        } catch (IOException failed) {
            throw unwritable(failed);
        }
    }

    /** Deletes what is left of the working folder of a stage that is finished, as a run does that is killed too late to do so itself. */
    public void discardWork() {
        try {
            AtomicFiles.deleteLeftovers(work());
        } catch (IOException failed) {
            throw unwritable(failed);
        }
        if (Files.isDirectory(work())) {
            try (RunLock lock = RunLock.acquire(work())) {
                deleteWork(lock);
            }
        }
    }

    /** @throws UserError (refused) if an interrupted run has left a checkpoint here, which beginning anew would delete */
    public void requireNothingToLose() {
        OptionalLong step = interruptedAt();
        if (step.isPresent()) {
            throw new UserError(
                    ExitCode.REFUSED,
                    work() + ": holds an interrupted run, saved after step " + step.getAsLong()
                            + "; --resume goes on there, --restart deletes it and begins anew");
        }
    }

    private void begin(boolean resume) {
        try {
            AtomicFiles.deleteLeftovers(csv());
            AtomicFiles.deleteLeftovers(work());
            if (resume) {
                return;
            }
            AtomicFiles.deleteTree(checkpoints());
            Files.deleteIfExists(metrics());
            Files.deleteIfExists(doctor());
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
}
