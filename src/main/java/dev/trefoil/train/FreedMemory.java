package dev.trefoil.train;

import dev.trefoil.kernel.CLibrary;
import java.util.function.LongSupplier;

/**
 * Freed memory that the allocator keeps. Tensors of many lengths lie beside each other, and what one leaves is often too short for the next:
 * over the steps of a run the process would grow to several times what it uses. When it has grown clearly since its first step, glibc is asked to
 * hand free pages back to the system (man 3 malloc_trim). That takes time, for they are faulted in again when they are used again; so it is
 * not done at each step. No result depends on it; elsewhere than on Linux with glibc nothing is done.
 */
final class FreedMemory {

    /** Growth that is let be, as a share of the process's own memory. */
    private static final double GROWTH = 0.1;

    /** Steps from one trim to the next at least: a trim costs up to a tenth of the step after it. */
    private static final int LEAST_STEPS = 20;

    private final LongSupplier own;
    private final Runnable trim;
    private final int leastSteps;
    private long usual;
    private int sinceTrim;

    /** @param own bytes of the process that are its own and resident; 0 if not known */
    FreedMemory(LongSupplier own, Runnable trim, int leastSteps) {
        this.own = own;
        this.trim = trim;
        this.leastSteps = leastSteps;
    }

    static FreedMemory ofProcess() {
        return new FreedMemory(() -> ProcessMemory.now().own(), trimmer(), LEAST_STEPS);
    }

    /** Hands free pages back, where the system can be asked to. */
    static Runnable trimmer() {
        return CLibrary.function("malloc_trim")
                .<Runnable>map(trim -> () -> trim.invokeInt(new Object[] {0L}))
                .orElse(() -> {});
    }

    /** Looks at the process when a step's tensors are free. */
    void afterStep() {
        long now = own.getAsLong();
        sinceTrim++;
        if (sinceTrim == 1) {
            // A step that takes as much right after a trim, or at the beginning, needs it.
            usual = Math.max(usual, now);
        } else if (sinceTrim >= leastSteps && now > usual * (1 + GROWTH)) {
            trim.run();
            sinceTrim = 0;
        }
    }
}
