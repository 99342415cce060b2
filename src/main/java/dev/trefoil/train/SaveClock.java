package dev.trefoil.train;

import java.util.function.LongSupplier;

/** When a checkpoint is due: every so many steps, and after so many minutes. What a run computes never depends on it. */
public final class SaveClock {

    private static final double NANOS_PER_MINUTE = 60e9;

    private final long steps;
    private final double minutes;
    private final LongSupplier nanoClock;
    private long saved;

    private SaveClock(long steps, double minutes, LongSupplier nanoClock) {
        this.steps = steps;
        this.minutes = minutes;
        this.nanoClock = nanoClock;
        this.saved = minutes > 0 ? nanoClock.getAsLong() : 0;
    }

    /**
     * A clock that starts now.
     *
     * @param steps null or 0: none is due for its number
     * @param minutes null: none is due for the time
     */
    public static SaveClock of(Integer steps, Double minutes, LongSupplier nanoClock) {
        return new SaveClock(steps == null ? 0 : steps, minutes == null ? 0 : minutes, nanoClock);
    }

    /** Whether to save when {@code done} steps are taken; whoever asks saves. */
    public boolean due(long done) {
        if (minutes > 0) {
            long now = nanoClock.getAsLong();
            if (now - saved >= minutes * NANOS_PER_MINUTE) {
                saved = now;
                return true;
            }
        }
        return steps > 0 && done % steps == 0;
    }
}
