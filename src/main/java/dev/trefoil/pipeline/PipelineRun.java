package dev.trefoil.pipeline;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.RunLock;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.pipeline.Pipeline.PlannedStage;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.prepare.RandomModel;
import dev.trefoil.report.page.PublishedTable;
import dev.trefoil.report.page.RunPage;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.StopSignal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One run of a pipeline: prepares the base if it is not there, then each stage in turn. The base is opened once and stays open while the
 * stages compute with it in the same way.
 */
public final class PipelineRun {

    private static final double NANOS = 1e9;

    private final Pipeline pipeline;
    private final Options options;
    private final PrintStream messages;
    private SharedBase base;

    private PipelineRun(Pipeline pipeline, Options options, PrintStream messages) {
        this.pipeline = pipeline;
        this.options = options;
        this.messages = messages;
    }

    /**
     * How to run.
     *
     * @param from the first stage to run again although it is finished, or null
     * @param resume whether an interrupted stage goes on at its newest checkpoint
     * @param restart whether the checkpoints of an interrupted stage may be deleted
     * @param dataRoot folder at which relative paths of data start
     * @param command as it was typed, for the report; or null
     * @param stop asks the run to end early
     */
    public record Options(
            StageKind from, boolean resume, boolean restart, Path dataRoot, String command, StopSignal stop) {

        public static Options defaults() {
            return new Options(null, false, false, Path.of(""), null, new StopSignal());
        }
    }

    /**
     * A stage of a run that is over.
     *
     * @param skipped whether it was finished before
     */
    public record Finished(String stage, boolean skipped, double seconds, StageResult result) {}

    /**
     * Runs what is not finished.
     *
     * @return all stages, in order
     * @throws UserError when a stage fails, or is finished with other inputs and not asked to run again
     */
    public static List<Finished> run(Pipeline pipeline, Options options, PrintStream messages) {
        PipelineRun run = new PipelineRun(pipeline, options, messages);
        try (RunLock lock = RunLock.acquire(pipeline.out())) {
            assertHeld(lock);
            run.deleteLeftovers();
            prepareBase(pipeline, messages);
            List<Finished> finished = run.stages();
            run.report();
            return finished;
        } finally {
            run.closeBase();
        }
    }

    private static void assertHeld(RunLock lock) {
        if (lock == null) {
            throw new IllegalStateException("a lock is held or an error thrown");
        }
    }

    /** What a killed run has left of the files that this class writes. */
    private void deleteLeftovers() {
        List<Path> files = new ArrayList<>();
        for (String name : List.of(RunPage.FILE_NAME, PublishedTable.FILE_NAME)) {
            files.add(pipeline.out().resolve(name));
        }
        pipeline.stages().forEach(stage -> files.add(StageRecord.file(stage.artifact())));
        try {
            for (Path file : files) {
                AtomicFiles.deleteLeftovers(file);
            }
        } catch (IOException failed) {
            throw UserError.unwritable(pipeline.out() + ":", failed);
        }
    }

    /** Makes the base of a pipeline from its source, if it is not there. */
    static void prepareBase(Pipeline pipeline, PrintStream messages) {
        if (pipeline.hasBase()) {
            return;
        }
        Path folder = pipeline.base();
        BaseSource source = pipeline.config().prepare();
        if (source != null && source.random() != null) {
            Path config = source.random().config();
            messages.println("preparing " + folder + " with random weights from " + config);
            RandomModel.prepare(config, source.random().seed(), folder, PrepareOptions.of(source.precision()));
            return;
        }
        if (source == null || source.source() == null) {
            throw UserError.data(folder + ": no base store there; make it with 'trefoil prepare SOURCE --out " + folder
                    + "', or name another with --set base=DIR");
        }
        Path found = source.source().stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> UserError.data(folder + ": no base store there, and none of its sources exists: "
                        + source.source()
                        + (source.fetch() == null ? "" : "; fetch one with: " + source.fetch())));
        messages.println("preparing " + folder + " from " + found);
        Prepare.run(found, folder, PrepareOptions.of(source.precision()), PrepareProgress.silent());
    }

    private List<Finished> stages() {
        List<Finished> finished = new ArrayList<>();
        boolean again = false;
        for (PlannedStage stage : pipeline.stages()) {
            if (options.stop().isRequested()) {
                throw new UserError(
                        ExitCode.STOPPED,
                        "stopped as asked before stage " + stage.name() + "; the same command with --resume goes on");
            }
            again |= stage.loaded().kind() == options.from();
            Finished earlier = again && !options.resume() ? null : earlier(stage, again);
            finished.add(earlier != null ? earlier : runStage(stage, again));
        }
        return finished;
    }

    /** The stage as it was finished before, or null when it is still to run. */
    private Finished earlier(PlannedStage stage, boolean again) {
        if (!Artifact.exists(stage.artifact())) {
            return null;
        }
        Artifact artifact = Artifact.open(stage.artifact()).requireKind(stage.name());
        StageRecord then = StageRecord.read(stage.artifact());
        RunFolder folder = new RunFolder(stage.artifact());
        boolean wasCutOff = options.resume() && Files.isDirectory(folder.work());
        if (then == null || !artifact.hash().equals(then.artifact())) {
            if (again || wasCutOff) {
                return null;
            }
            throw changed(
                    stage,
                    Files.isDirectory(folder.work())
                            ? "was cut off while it ended (--resume ends it)"
                            : "was not made by this pipeline");
        }
        String hash = open(stage.loaded().engine(pipeline.base())).hash();
        List<String> changes =
                then.changes(stage.loaded().kind(), StageRecord.expected(stage.loaded(), hash, options.dataRoot()));
        if (!changes.isEmpty() && (again || wasCutOff)) {
            return null;
        }
        if (!changes.isEmpty()) {
            throw changed(stage, "is finished, but since then something changed: " + String.join(", ", changes));
        }
        folder.discardWork();
        messages.println("stage " + stage.name() + ": finished before, skipped (" + stage.artifact() + ")");
        return new Finished(
                stage.name(),
                true,
                then.seconds(),
                new StageResult(stage.artifact(), then.metrics(), then.summaryLines()));
    }

    private UserError changed(PlannedStage stage, String what) {
        return UserError.contract(stage.artifact() + ": stage " + stage.name() + " " + what + "; --from " + stage.name()
                + " runs it and all after it again, --out DIR leaves it as it is");
    }

    private Finished runStage(PlannedStage stage, boolean again) {
        RunFolder folder = new RunFolder(stage.artifact());
        if (!options.resume() && !options.restart() && !again) {
            folder.requireNothingToLose();
        }
        messages.println();
        messages.println("stage " + stage.name() + " -> " + stage.artifact());
        SharedBase shared = open(stage.loaded().engine(pipeline.base()));
        StageRecord inputs = StageRecord.expected(stage.loaded(), shared.hash(), options.dataRoot());
        long begin = System.nanoTime();
        StageContext context = new StageContext(
                        folder, options.dataRoot(), messages, options.resume(), System::nanoTime)
                .withReportTo(pipeline.config().reportTo())
                .withStop(options.stop())
                .withFinished(result -> remember(stage, inputs, (System.nanoTime() - begin) / NANOS, result));
        StageExecution.Outcome outcome = StageExecution.run(
                stage.loaded(), context, shared, new StageExecution.Origin(options.command(), pipeline.scale()));
        return new Finished(stage.name(), false, outcome.seconds(), outcome.result());
    }

    /** Before the stage's working folder goes: a run that is killed in between can be resumed. */
    private void remember(PlannedStage stage, StageRecord inputs, double seconds, StageResult result) {
        try {
            new StageRecord(
                            Artifact.open(stage.artifact()).hash(),
                            inputs.config(),
                            inputs.settings(),
                            inputs.base(),
                            inputs.parents(),
                            inputs.data(),
                            seconds,
                            result.metrics(),
                            result.summaryLines())
                    .write(stage.artifact());
        } catch (IOException failed) {
            throw UserError.unwritable(pipeline.out() + ":", failed);
        }
    }

    /** The page of the whole run, with what the recipe's source has published; the run is not lost when it cannot be written. */
    private void report() {
        Path source = pipeline.file().resolveSibling(PublishedTable.FILE_NAME);
        try {
            if (Files.isRegularFile(source)) {
                AtomicFiles.write(pipeline.out().resolve(PublishedTable.FILE_NAME), Files.readAllBytes(source));
            }
            messages.println("report: " + RunPage.write(pipeline.out(), null));
        } catch (IOException | UserError | IllegalStateException failed) {
            messages.println("no report.html: " + failed.getMessage());
        }
    }

    private SharedBase open(EngineConfig engine) {
        if (base != null && !base.engine().equals(engine)) {
            closeBase();
        }
        if (base == null) {
            base = SharedBase.open(pipeline.base(), engine);
        }
        return base;
    }

    private void closeBase() {
        if (base != null) {
            base.close();
            base = null;
        }
    }
}
