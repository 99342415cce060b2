package dev.trefoil.kernel;

import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/**
 * Parts of a batch side by side, each on a thread of its own with its share of the engine's threads. Within a kernel the engine's
 * threads meet after every operation, and an operation of a small model is short; parts of a batch meet once a block.
 *
 * <p>One caller at a time.
 */
public final class Lanes implements AutoCloseable {

    /** With fewer tokens a part, weights made ready twice cost more than the meetings. */
    private static final int LEAST_TOKENS = 512;

    /** Share of the lanes' time that work must fill when rows do not divide evenly. */
    private static final double LEAST_FILLED = 0.85;

    private final int threads;
    private final int leastTokens;
    private final List<ExecutorService> lanes = new ArrayList<>();
    private int share;

    private Lanes(int threads, int leastTokens) {
        this.threads = threads;
        this.leastTokens = leastTokens;
    }

    /** Lanes for all threads that the engine has. */
    public static Lanes ofEngine() {
        return of(JniUtils.getNumThreads(), LEAST_TOKENS);
    }

    /**
     * @param threads engine threads to be shared
     * @param leastTokens tokens of a part at least
     */
    public static Lanes of(int threads, int leastTokens) {
        return new Lanes(threads, leastTokens);
    }

    /** In how many parts a batch of this shape is computed; 1 leaves all threads to each operation. */
    public int count(int rows, int columns) {
        long tokens = (long) rows * columns;
        for (int count = Math.min(threads, rows); count > 1; count--) {
            int longest = (rows + count - 1) / count;
            boolean filled = rows >= LEAST_FILLED * count * longest;
            if (threads % count == 0 && filled && tokens / count >= leastTokens) {
                return count;
            }
        }
        return 1;
    }

    /**
     * Does the work of each part, on a thread of its own when there are several. Returns when all parts have ended, whatever happens:
     * none may go on with arrays that the caller closes. The first part's failure is thrown.
     *
     * @param count parts
     * @return results by part
     */
    public <T> List<T> each(int count, IntFunction<T> work) {
        if (count == 1) {
            return List.of(work.apply(0));
        }
        share(count);
        List<CompletableFuture<T>> parts = new ArrayList<>();
        for (int part = 0; part < count; part++) {
            int mine = part;
            parts.add(CompletableFuture.supplyAsync(() -> work.apply(mine), lanes.get(part)));
        }
        return ended(parts);
    }

    /** Waits for all parts; an interrupt stays pending. */
    private static <T> List<T> ended(List<CompletableFuture<T>> parts) {
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .exceptionally(failure -> null)
                .join();
        try {
            return parts.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException failure) {
            throw unwrapped(failure);
        }
    }

    private static RuntimeException unwrapped(CompletionException failure) {
        if (failure.getCause() instanceof Error error) {
            throw error;
        }
        return failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }

    /** Gives each of the lanes its threads. A thread of the engine's user keeps a number of its own once it has asked for it. */
    private void share(int count) {
        if (share == count) {
            return;
        }
        while (lanes.size() < count) {
            lanes.add(Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, "lane");
                thread.setDaemon(true);
                return thread;
            }));
        }
        int ofEngine = JniUtils.getNumThreads();
        int own = Math.max(1, threads / count);
        for (ExecutorService lane : lanes.subList(0, count)) {
            CompletableFuture.runAsync(() -> settle(own), lane).join();
        }
        share = count;
        JniUtils.setNumThreads(ofEngine);
    }

    private static void settle(int own) {
        JniUtils.setNumThreads(own);
        JniUtils.getNumThreads();
    }

    @Override
    public void close() {
        lanes.forEach(ExecutorService::shutdown);
    }
}
