package dev.trefoil.report;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/** The bar at the bottom of a terminal, which steps aside for other text. */
final class ProgressLine implements AutoCloseable {

    private static final int REFRESH_MILLIS = 500;
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream out;
    private final ProgressBar bar;

    private ProgressLine(PrintStream out, ProgressBar bar) {
        this.out = out;
        this.bar = bar;
    }

    static ProgressLine start(String title, long doneSteps, long totalSteps, PrintStream out) {
        ProgressBar bar = new ProgressBarBuilder()
                .setTaskName(title)
                .setInitialMax(totalSteps)
                .startsFrom(doneSteps, Duration.ZERO)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REFRESH_MILLIS)
                .setConsumer(new Line(out, new ConsoleProgressBarConsumer(out)))
                .build();
        return new ProgressLine(out, bar);
    }

    void step(long step, String message) {
        bar.setExtraMessage(" " + message);
        bar.stepTo(step);
    }

    void print(String text) {
        synchronized (out) {
            out.print(CLEAR);
            out.println(text);
        }
        bar.refresh();
    }

    @Override
    public void close() {
        bar.close();
    }

    /** Writes the bar over itself; the library's own consumer only supplies the width of the terminal. */
    private record Line(PrintStream out, ConsoleProgressBarConsumer width) implements ProgressBarConsumer {

        @Override
        public int getMaxRenderedLength() {
            return width.getMaxRenderedLength();
        }

        @Override
        public void accept(String rendered) {
            synchronized (out) {
                out.print(CLEAR + rendered);
                out.flush();
            }
        }

        @Override
        public void close() {
            synchronized (out) {
                out.println();
            }
        }
    }
}
