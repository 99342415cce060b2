package dev.trefoil.pipeline;

import dev.trefoil.train.ProcessMemory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the memory of this process every quarter of a second and remembers the most. Linux itself keeps the peak of the whole only, and
 * over the life of the process, not of one stage.
 */
final class MemoryWatch implements AutoCloseable {

    private static final long PAUSE_MILLIS = 250;

    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread = new Thread(this::watch, "memory-watch");
    private volatile long own;
    private volatile long mapped;

    private MemoryWatch() {}

    static MemoryWatch start() {
        MemoryWatch watch = new MemoryWatch();
        watch.thread.setDaemon(true);
        watch.thread.start();
        return watch;
    }

    private void watch() {
        try {
            do {
                look();
            } while (!end.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void look() {
        ProcessMemory now = ProcessMemory.now();
        own = Math.max(own, now.own());
        mapped = Math.max(mapped, now.file());
    }

    /** The most that was the process's own, bytes; 0 where it cannot be measured. */
    long own() {
        look();
        return own;
    }

    /** The most that was mapped from files, bytes. */
    long mapped() {
        return mapped;
    }

    /** Looks once more and ends. */
    @Override
    public void close() {
        look();
        end.countDown();
    }
}
