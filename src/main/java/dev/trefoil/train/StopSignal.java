package dev.trefoil.train;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The wish that a run ends: its loop finishes the step, saves, and ends with {@link #stopped}. Safe for use by several threads. */
public final class StopSignal {

    private final AtomicBoolean requested = new AtomicBoolean();
    private final AtomicInteger listeners = new AtomicInteger();

    /** Asks for the end. */
    public void request() {
        requested.set(true);
    }

    public boolean isRequested() {
        return requested.get();
    }

    /** Whether a loop is under way that will hear it. */
    public boolean isHeard() {
        return listeners.get() > 0;
    }

    /** A loop begins, or ends, to look. */
    void listen(boolean begins) {
        listeners.addAndGet(begins ? 1 : -1);
    }

    /**
     * How a loop ends that was asked to.
     *
     * @param step steps done, all of them in the checkpoint
     */
    public static UserError stopped(long step) {
        return new UserError(
                ExitCode.STOPPED,
                "stopped as asked after step " + step + "; "
                        + (step == 0 ? "nothing was lost" : "a checkpoint holds everything up to it")
                        + "; the same command with --resume goes on");
    }
}
