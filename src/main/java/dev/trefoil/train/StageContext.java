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
import java.util.function.LongSupplier;

/**
 * What a stage gets from outside: disk, messages and time.
 *
 * @param folder where it writes
 * @param dataRoot folder at which relative paths of data start
 * @param messages for people; {@code System.err} as a rule
 * @param resume true: go on at the newest checkpoint, if there is one
 * @param nanoClock nanoseconds from any origin; only speeds depend on it
 * @param reportTo where metrics go beside metrics.jsonl and the console
 */
public record StageContext(
        RunFolder folder,
        Path dataRoot,
        PrintStream messages,
        boolean resume,
        LongSupplier nanoClock,
        Set<ReportTo> reportTo) {

    public StageContext {
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(dataRoot, "dataRoot");
        Objects.requireNonNull(messages, "messages");
        Objects.requireNonNull(nanoClock, "nanoClock");
        reportTo = Set.copyOf(reportTo);
    }

    /** Metrics go to metrics.jsonl and the console only. */
    public StageContext(RunFolder folder, Path dataRoot, PrintStream messages, boolean resume, LongSupplier nanoClock) {
        this(folder, dataRoot, messages, resume, nanoClock, Set.of());
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
        return new StageContext(folder, dataRoot, messages, goOn, nanoClock, reportTo);
    }

    public StageContext withReportTo(Collection<ReportTo> wanted) {
        return new StageContext(folder, dataRoot, messages, resume, nanoClock, Set.copyOf(wanted));
    }

    /** One line for people, before a log is open or after it. */
    public void say(String line) {
        messages.println(line);
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
