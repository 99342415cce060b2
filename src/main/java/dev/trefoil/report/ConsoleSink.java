package dev.trefoil.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Shows progress to a person: a bar with the time left, tokens per second and the leading metric on a terminal, else one plain line per
 * step with the same columns in the same order. Numbers are rounded; {@link JsonlSink} keeps all digits.
 */
public final class ConsoleSink implements MetricSink {

    private static final String TOKENS_PER_SECOND = "tokens_per_second";
    private static final double NANOS = 1e9;

    private final String title;
    private final long totalSteps;
    private final List<String> columns;
    private final PrintStream out;
    private final LongSupplier nanoClock;
    private final ProgressLine bar;
    private final long startNanos;
    private long firstStep = -1;

    private ConsoleSink(
            String title,
            long totalSteps,
            List<String> columns,
            PrintStream out,
            LongSupplier nanoClock,
            ProgressLine bar) {
        this.title = title;
        this.totalSteps = totalSteps;
        this.columns = List.copyOf(columns);
        this.out = out;
        this.nanoClock = nanoClock;
        this.bar = bar;
        this.startNanos = nanoClock.getAsLong();
    }

    /**
     * A bar when the process talks to a terminal, plain lines otherwise.
     *
     * @param title the stage
     * @param doneSteps steps done before this run started, 0 unless it was resumed
     * @param totalSteps the last step's number
     * @param columns metrics to show, the leading one first; see {@link Metrics#supervisedColumns()} and its sisters
     * @param out the stream of messages, as a rule {@code System.err}
     */
    public static ConsoleSink open(
            String title, long doneSteps, long totalSteps, List<String> columns, PrintStream out) {
        return onTerminal(out)
                ? new ConsoleSink(
                        title,
                        totalSteps,
                        columns,
                        out,
                        System::nanoTime,
                        ProgressLine.start(title, doneSteps, totalSteps, out))
                : lines(title, totalSteps, columns, out, System::nanoTime);
    }

    /** Plain lines whatever the stream is; the clock counts nanoseconds. */
    static ConsoleSink lines(
            String title, long totalSteps, List<String> columns, PrintStream out, LongSupplier nanoClock) {
        return new ConsoleSink(title, totalSteps, columns, out, nanoClock, null);
    }

    @Override
    public void step(long step, Map<String, Double> metrics) {
        if (firstStep < 0) {
            firstStep = step;
        }
        if (bar == null) {
            out.println(line(step, metrics));
        } else {
            bar.step(step, message(metrics));
        }
    }

    /** Prints a text of one or more lines, such as a samples table, without disturbing the bar. */
    public void print(String text) {
        if (bar == null) {
            out.println(text.stripTrailing());
        } else {
            bar.print(text.stripTrailing());
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    private String line(long step, Map<String, Double> metrics) {
        int digits = Long.toString(totalSteps).length();
        StringBuilder line = new StringBuilder(title);
        line.append(String.format(" %" + digits + "d/%d", step, totalSteps));
        for (String column : columns) {
            Double value = metrics.get(column);
            String shown = value == null ? "-" : Rounded.of(value);
            line.append("  ").append(Metrics.label(column)).append(' ').append(String.format("%-7s", shown));
        }
        double elapsed = (nanoClock.getAsLong() - startNanos) / NANOS;
        double left = elapsed / (step - firstStep + 1) * Math.max(0, totalSteps - step);
        return line.append("  ETA ").append(Rounded.duration(left)).toString();
    }

    /** The leading metric that this step has, then the speed: a bar has little room. */
    private String message(Map<String, Double> metrics) {
        StringBuilder message = new StringBuilder();
        columns.stream()
                .filter(column -> metrics.containsKey(column) && !column.equals(TOKENS_PER_SECOND))
                .limit(2)
                .forEach(column -> message.append(Metrics.label(column))
                        .append(' ')
                        .append(Rounded.of(metrics.get(column)))
                        .append("  "));
        if (metrics.containsKey(TOKENS_PER_SECOND)) {
            message.append(Math.round(metrics.get(TOKENS_PER_SECOND))).append(" tokens/s");
        }
        return message.toString().stripTrailing();
    }

    /**
     * Java 17 knows a console only when stdin and stdout are one; where the system shows what stderr is (Linux), that is asked too, so
     * that {@code 2> file} holds plain lines.
     */
    private static boolean onTerminal(PrintStream out) {
        if (System.console() == null || "dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        Path stream = Path.of("/proc/self/fd/2");
        if (out != System.err || !Files.exists(stream)) {
            return true;
        }
        try {
            String target = Files.readSymbolicLink(stream).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
