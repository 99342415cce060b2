package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Ends a command at random instants, lets it go on, ends it again, until it is through; then once more from the beginning, until so
 * many of the signals have met a process at work. {@code -Dtrefoil.kills=20} ends more often, {@code -Dtrefoil.seed=N} at other
 * instants.
 *
 * @param folder for messages and results
 * @param name of the command, for its files
 * @param signal that ends it
 * @param marker text of its messages from which the instants count; some count from the start of the process
 * @param longest latest instant after it, milliseconds
 */
record RandomEnds(Path folder, String name, ChildRun.Signal signal, String marker, int longest) {

    private static final int ENDS = Integer.getInteger("trefoil.kills", 1);
    private static final long SEED = Long.getLong("trefoil.seed", 8);

    /** One of so many instants counts from the start of the process, before the command has said anything. */
    private static final int EARLY = 5;

    /** The words of a command that writes to a folder. */
    @FunctionalInterface
    interface Words {
        String[] of(Path out, boolean resume);
    }

    /** Looks at what a command has left when it is through. */
    @FunctionalInterface
    interface Check {
        void of(Path out) throws IOException;
    }

    void each(Words words, Check check) throws IOException, InterruptedException {
        Random random = new Random(SEED);
        long begin = System.nanoTime();
        int met = 0;
        int torn = 0;
        int runs = 0;
        for (; met < ENDS; runs++) {
            Path out = folder.resolve(name + "-" + signal + "-" + runs).resolve(name);
            int code = -1;
            for (int start = 0; code != 0; start++) {
                Path log = folder.resolve(name + "-" + signal + "-" + runs + "-" + start + ".log");
                try (ChildRun child = ChildRun.start(log, words.of(out, start > 0))) {
                    code = met < ENDS ? end(child, random) : child.end();
                    assertThat(code).as(child.messages()).isIn(0, signal.code());
                }
                met += code == 0 ? 0 : 1;
                torn += code != 0 && isTorn(out.getParent()) ? 1 : 0;
            }
            check.of(out);
        }
        System.out.printf(
                "ends: %s, SIG%s, seed %d: %d ended, of these %d with files half-written, %d runs to their end, %.0f s%n",
                name, signal, SEED, met, torn, runs, (System.nanoTime() - begin) / 1e9);
    }

    private int end(ChildRun child, Random random) throws IOException, InterruptedException {
        boolean early = random.nextInt(EARLY) == 0;
        int millis = random.nextInt(longest);
        return (early ? child : child.until(marker)).end(signal, millis);
    }

    /** Whether something was being written when it ended. */
    private static boolean isTorn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (var files = Files.walk(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().contains(".partial"));
        }
    }
}
