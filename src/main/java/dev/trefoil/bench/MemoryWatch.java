package dev.trefoil.bench;

import dev.trefoil.train.ProcessMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks at the process's memory from a thread of its own while a work runs. */
final class MemoryWatch implements AutoCloseable {

    private static final long MILLIS = 20;

    /** Writing 5 makes Linux forget the peak (man 5 proc, /proc/pid/clear_refs). */
    private static final Path RESET = Path.of("/proc/self/clear_refs");

    private static final String PEAK = "5";

    private final boolean reset;
    private final Thread thread;
    private volatile boolean ended;
    private long own;
    private long file;

    private MemoryWatch(boolean reset) {
        this.reset = reset;
        this.thread = new Thread(this::look, "memory-watch");
        this.thread.setDaemon(true);
    }

    /** Forgets the peak so far and begins to look. */
    static MemoryWatch start() {
        MemoryWatch watch = new MemoryWatch(forgetPeak());
        watch.thread.start();
        return watch;
    }

    private static boolean forgetPeak() {
        try {
            Files.writeString(RESET, PEAK);
            return true;
        } catch (IOException notAllowed) {
            return false;
        }
    }

    private void look() {
        while (!ended) {
            note(ProcessMemory.now());
            try {
                Thread.sleep(MILLIS);
            } catch (InterruptedException asked) {
                return;
            }
        }
    }

    private synchronized void note(ProcessMemory now) {
        own = Math.max(own, now.own());
        file = Math.max(file, now.file());
    }

    /** The peaks since the start. A look may miss the moment of the most own memory, so the system's peak less the files counts too. */
    synchronized PeakMemory peak() {
        ProcessMemory now = ProcessMemory.now();
        note(now);
        long least = reset ? now.peak() - file : 0;
        return new PeakMemory(now.peak(), Math.max(own, least), file, reset);
    }

    @Override
    public void close() {
        ended = true;
        thread.interrupt();
    }
}
