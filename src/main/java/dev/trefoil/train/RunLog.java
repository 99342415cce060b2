package dev.trefoil.train;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.report.ConsoleSink;
import dev.trefoil.report.EventSink;
import dev.trefoil.report.JsonlSink;
import dev.trefoil.report.MetricSink;
import dev.trefoil.report.MetricsCsv;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.report.ReportTo;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Metrics of a run under way: all of them in metrics.jsonl and the other files that were asked for, the leading ones on the console. Also
 * measures speed.
 */
public final class RunLog implements MetricSink {

    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e3;

    private final JsonlSink log;
    private final MetricSink files;
    private final ConsoleSink console;
    private final LongSupplier nanoClock;
    private long tokens;
    private long nanos;
    private long started;

    private RunLog(JsonlSink log, MetricSink files, ConsoleSink console, LongSupplier nanoClock) {
        this.log = log;
        this.files = files;
        this.console = console;
        this.nanoClock = nanoClock;
    }

    static RunLog open(StageContext context, String title, long doneSteps, long totalSteps, List<String> columns) {
        JsonlSink file = doneSteps == 0
                ? JsonlSink.create(context.folder().metrics())
                : JsonlSink.resume(context.folder().metrics(), doneSteps);
        ConsoleSink console = ConsoleSink.open(title, doneSteps, totalSteps, columns, context.messages());
        return new RunLog(file, MetricSink.all(files(context, doneSteps, file)), console, context.nanoClock());
    }

    /** The log itself last: it is closed first, and the table is made of it. */
    private static List<MetricSink> files(StageContext context, long doneSteps, JsonlSink log) {
        RunFolder folder = context.folder();
        List<MetricSink> files = new ArrayList<>();
        if (context.reportTo().contains(ReportTo.CSV)) {
            files.add(new MetricSink() {
                @Override
                public void step(long step, Map<String, Double> metrics) {
                    // The columns are known at the end.
                }

                @Override
                public void close() {
                    MetricsCsv.write(folder.metrics(), folder.csv());
                }
            });
        }
        if (context.reportTo().contains(ReportTo.TENSORBOARD)) {
            files.add(events(folder, doneSteps));
        }
        files.add(log);
        return files;
    }

    /** A run that is resumed and had no event file gets the steps before from its log. */
    private static EventSink events(RunFolder folder, long doneSteps) {
        DoubleSupplier wallClock = () -> System.currentTimeMillis() / MILLIS;
        if (doneSteps == 0) {
            return EventSink.create(folder.events(), wallClock);
        }
        boolean went = Files.exists(folder.events());
        EventSink sink = EventSink.resume(folder.events(), doneSteps, wallClock);
        if (!went) {
            try {
                MetricsLog.read(folder.metrics()).forEach(row -> sink.step(row.step(), row.metrics()));
            } catch (IOException unreadable) {
                throw new UserError(
                        ExitCode.FAILED,
                        folder.metrics() + ": cannot be read: " + unreadable.getMessage() + "; start without --resume",
                        unreadable);
            }
        }
        return sink;
    }

    /** Logs a step, with the memory that the process has now. */
    @Override
    public void step(long step, Map<String, Double> metrics) {
        Map<String, Double> all = new LinkedHashMap<>(metrics);
        ProcessMemory memory = ProcessMemory.now();
        if (memory.own() > 0) {
            all.put("memory/own_bytes", (double) memory.own());
            all.put("memory/open_files", (double) ProcessMemory.openFiles());
        }
        files.step(step, all);
        console.step(step, all);
    }

    /** Metrics that are not worth a line on the console, such as those before the first step. */
    public void record(long step, Map<String, Double> metrics) {
        files.step(step, metrics);
    }

    @Override
    public void text(long step, String tag, String markdown) {
        files.text(step, tag, markdown);
    }

    /** Forces what was logged to the disk, before a checkpoint says that these steps are done. */
    public void sync() {
        log.sync();
    }

    /** A text of one or more lines for people. */
    public void print(String text) {
        console.print(text);
    }

    /** Starts the watch of one step's work. */
    public void workBegins() {
        started = nanoClock.getAsLong();
    }

    /** Stops the watch. */
    public void workEnds(long tokensDone) {
        nanos += nanoClock.getAsLong() - started;
        tokens += tokensDone;
    }

    /** Speed over the work since the last call; evaluations and checkpoints do not count. */
    public double tokensPerSecond() {
        double speed = nanos == 0 ? 0 : tokens * NANOS / nanos;
        tokens = 0;
        nanos = 0;
        return speed;
    }

    @Override
    public void close() {
        console.close();
        files.close();
    }
}
