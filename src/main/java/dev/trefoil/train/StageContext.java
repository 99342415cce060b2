package dev.trefoil.train;

import dev.trefoil.report.ReportTo;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a stage gets from outside: disk, messages and time.
 *
 * @param folder where it writes
 * @param dataRoot folder at which relative paths of data start
 * @param messages for people; {@code System.err} as a rule
 * @param resume true: go on at the newest checkpoint, if there is one
 * @param nanoClock nanoseconds from any origin; only speeds and the time of checkpoints depend on it
 * @param reportTo where metrics go beside metrics.jsonl and the console
 * @param stop asks the stage to end early
 * @param plannedBytes the memory plan's peak, 0 when there is no plan
 * @param finished told of the result while the stage's working folder is still there, so that what it writes down cannot be missing
 *     once the folder is gone
 */
public record StageContext(
        RunFolder folder,
        Path dataRoot,
        PrintStream messages,
        boolean resume,
        LongSupplier nanoClock,
        Set<ReportTo> reportTo,
        StopSignal stop,
        long plannedBytes,
        Consumer<StageResult> finished) {

    public StageContext {
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(dataRoot, "dataRoot");
        Objects.requireNonNull(messages, "messages");
        Objects.requireNonNull(nanoClock, "nanoClock");
        reportTo = Set.copyOf(reportTo);
        Objects.requireNonNull(stop, "stop");
        Objects.requireNonNull(finished, "finished");
    }

    /** Nobody stops it, nothing is planned; metrics go to metrics.jsonl and the console only. */
    public StageContext(RunFolder folder, Path dataRoot, PrintStream messages, boolean resume, LongSupplier nanoClock) {
        this(folder, dataRoot, messages, resume, nanoClock, Set.of(), new StopSignal(), 0, result -> {});
    }

    /** Data from the working folder, messages to {@code messages}. */
    public static StageContext of(RunFolder folder, PrintStream messages, boolean resume) {
        return new StageContext(folder, Path.of(""), messages, resume, System::nanoTime);
    }

    /** Without messages. */
    public static StageContext quiet(RunFolder folder) {
        return of(folder, new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8), false);
    }

    public StageContext withResume(boolean goOn) {
        return new StageContext(folder, dataRoot, messages, goOn, nanoClock, reportTo, stop, plannedBytes, finished);
    }

    public StageContext withReportTo(Collection<ReportTo> wanted) {
        return new StageContext(
                folder, dataRoot, messages, resume, nanoClock, Set.copyOf(wanted), stop, plannedBytes, finished);
    }

    public StageContext withStop(StopSignal signal) {
        return new StageContext(
                folder, dataRoot, messages, resume, nanoClock, reportTo, signal, plannedBytes, finished);
    }

    public StageContext withPlan(long bytes) {
        return new StageContext(folder, dataRoot, messages, resume, nanoClock, reportTo, stop, bytes, finished);
    }

    public StageContext withFinished(Consumer<StageResult> listener) {
        return new StageContext(folder, dataRoot, messages, resume, nanoClock, reportTo, stop, plannedBytes, listener);
    }

    /** One line for people, before a log is open or after it. */
    public void say(String line) {
        messages.println(line);
    }

    /**
     * Does a stage's work in its working folder, which no other run may enter meanwhile, and deletes it when the work is done. After a
     * failure it stays.
     */
    public StageResult hold(Supplier<StageResult> work) {
        return folder.hold(resume, () -> {
            stop.listen(true);
            try {
                StageResult result = work.get();
                finished.accept(result);
                return result;
            } finally {
                stop.listen(false);
            }
        });
    }

    /**
     * Opens metrics.jsonl and the console of a loop. Close it before the artifact is written.
     *
     * @param doneSteps steps done before, 0 unless resumed; later lines of the file are cut off
     * @param columns metrics of the console, see {@link dev.trefoil.report.Metrics}
     */
    public RunLog log(String title, long doneSteps, long totalSteps, List<String> columns) {
        return RunLog.open(this, title, doneSteps, totalSteps, columns);
    }
}
