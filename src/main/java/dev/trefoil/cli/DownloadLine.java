package dev.trefoil.cli;

import dev.trefoil.hub.HubProgress;
import java.io.PrintWriter;
import java.util.Locale;

/** How far a download is: on a terminal a bar that is drawn over itself, elsewhere a line at each tenth of a large file. */
final class DownloadLine implements HubProgress, AutoCloseable {

    private static final long LARGE_BYTES = 16L << 20;
    private static final long REDRAW_NANOS = 200_000_000L;
    private static final int BAR = 30;
    private static final int PARTS = 10;
    private static final String CLEAR = "\r\u001b[K";

    private final PrintWriter out;
    private final boolean terminal;
    private String file = "";
    private long begun;
    private long first;
    private long drawn;
    private long shown;

    private DownloadLine(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    static DownloadLine to(PrintWriter out) {
        return new DownloadLine(out, System.console() != null);
    }

    @Override
    public void update(String name, long done, long total) {
        long now = System.nanoTime();
        if (!name.equals(file)) {
            file = name;
            begun = now;
            first = done;
            drawn = 0;
            shown = 0;
            if (total == 0) {
                out.println(name);
                out.flush();
            }
        }
        boolean complete = done == total;
        if (terminal && total > 0 && (complete || now - drawn > REDRAW_NANOS)) {
            drawn = now;
            out.print(CLEAR + bar(done, total, now) + (complete ? System.lineSeparator() : ""));
            out.flush();
        } else if (!terminal && total > LARGE_BYTES && done * PARTS / total > shown) {
            shown = done * PARTS / total;
            out.println(name + " " + shown * (100 / PARTS) + "% of " + Sizes.text(total));
            out.flush();
        }
    }

    private String bar(long done, long total, long now) {
        int filled = (int) (done * BAR / total);
        double seconds = Math.max(1e-3, (now - begun) / 1e9);
        return String.format(
                Locale.ROOT,
                "%s [%s%s] %3d%% of %s, %s/s",
                file,
                "#".repeat(filled),
                " ".repeat(BAR - filled),
                done * 100 / total,
                Sizes.text(total),
                Sizes.text((long) ((done - first) / seconds)));
    }

    @Override
    public void close() {
        if (terminal && drawn > 0) {
            out.print(CLEAR);
        }
        out.flush();
    }
}
