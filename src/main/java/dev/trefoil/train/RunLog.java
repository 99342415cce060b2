package dev.trefoil.train;

import dev.trefoil.report.ConsoleSink;
import dev.trefoil.report.JsonlSink;
import dev.trefoil.report.MetricSink;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Metrics of a run under way: all of them in metrics.jsonl, the leading ones on the console. Also measures speed. */
public final class RunLog implements MetricSink {

    private static final double NANOS = 1e9;

    private final JsonlSink file;
    private final ConsoleSink console;
    private final LongSupplier nanoClock;
    private long tokens;
    private long nanos;
    private long started;

    private RunLog(JsonlSink file, ConsoleSink console, LongSupplier nanoClock) {
        this.file = file;
        this.console = console;
        this.nanoClock = nanoClock;
    }

    static RunLog open(StageContext context, String title, long doneSteps, long totalSteps, List<String> columns) {
        JsonlSink file = doneSteps == 0
                ? JsonlSink.create(context.folder().metrics())
                : JsonlSink.resume(context.folder().metrics(), doneSteps);
        ConsoleSink console = ConsoleSink.open(title, doneSteps, totalSteps, columns, context.messages());
        return new RunLog(file, console, context.nanoClock());
    }

    @Override
    public void step(long step, Map<String, Double> metrics) {
        file.step(step, metrics);
        console.step(step, metrics);
    }

    /** Metrics that are not worth a line on the console, such as those before the first step. */
    public void record(long step, Map<String, Double> metrics) {
        file.step(step, metrics);
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
        file.close();
    }
}
