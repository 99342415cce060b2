package dev.trefoil.cli;

import dev.trefoil.prepare.PrepareProgress;
import java.io.PrintWriter;

/** A line at each tenth of a phase, and none for what takes a moment. */
final class PhaseLines implements PrepareProgress {

    private static final long SMALL_BYTES = 256L << 20;
    private static final int PARTS = 10;

    private final PrintWriter out;
    private String phase = "";
    private long shown;

    PhaseLines(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void update(String current, long done, long total) {
        if (!current.equals(phase)) {
            phase = current;
            shown = 0;
        }
        long part = total == 0 ? PARTS : done * PARTS / total;
        if (total > SMALL_BYTES && part > shown) {
            shown = part;
            out.println(current + " " + part * (100 / PARTS) + "% of " + Sizes.text(total));
            out.flush();
        }
    }
}
