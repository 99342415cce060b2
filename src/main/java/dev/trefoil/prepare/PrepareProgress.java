package dev.trefoil.prepare;

/** Told how far a preparation has come; calls come from one thread, often. */
@FunctionalInterface
public interface PrepareProgress {

    /**
     * Progress of one phase.
     *
     * @param phase "reading" (hashing the source) or "writing" (converting)
     * @param done bytes so far
     * @param total bytes of this phase
     */
    void update(String phase, long done, long total);

    static PrepareProgress silent() {
        return (phase, done, total) -> {};
    }
}
