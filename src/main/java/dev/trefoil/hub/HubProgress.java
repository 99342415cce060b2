package dev.trefoil.hub;

/** Hears how far a download is. */
@FunctionalInterface
public interface HubProgress {

    /**
     * @param file name of the file that is being fetched
     * @param done bytes of it that are there
     * @param total bytes of it
     */
    void update(String file, long done, long total);

    static HubProgress silent() {
        return (file, done, total) -> {};
    }
}
