package dev.trefoil;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.trefoil.reward.RewardException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Puts a parser under seeded random damage: a fault is a {@link UserError} (or what a reward model may throw) in one message, never
 * another exception; a small input never takes much memory, nor long. {@code -Dtrefoil.fuzz.seconds=120} gives each parser two minutes,
 * {@code -Dtrefoil.seed=N} other damage.
 */
public final class Survival {

    private static final double SECONDS = Double.parseDouble(System.getProperty("trefoil.fuzz.seconds", "0.4"));
    private static final long SEED = Long.getLong("trefoil.seed", 1);
    private static final int LEAST_ROUNDS = 20;

    /** What a parser may allocate, in all, for an input of some kilobytes. */
    private static final long MOST_BYTES = 256L << 20;

    /** Far above what any takes on a machine that does other things too; what never ends is found as well, by the test's end. */
    private static final double MOST_SECONDS = 20;

    private final String name;
    private final double seconds;
    private long rounds;
    private long refused;

    private Survival(String name, double seconds) {
        this.name = name;
        this.seconds = seconds;
    }

    /** Reads what lies at a path. */
    @FunctionalInterface
    public interface FileParser {
        void read(Path file) throws IOException, RewardException;
    }

    /** Reads a text, such as a line of a protocol. */
    @FunctionalInterface
    public interface TextParser {
        void read(String text) throws IOException, RewardException;
    }

    /**
     * Damages a file again and again; afterwards it is whole.
     *
     * @param text whether faults of texts are made too (JSON, YAML, tables)
     */
    public static void ofFile(Path file, boolean text, FileParser parser) throws IOException {
        ofFile(file, text, 1, parser);
    }

    /** @param files of the same parser, which share its time */
    public static void ofFile(Path file, boolean text, int files, FileParser parser) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        Survival survival = new Survival(file.getFileName().toString(), SECONDS / files);
        survival.run(whole, text, damaged -> {
            Files.write(file, damaged);
            parser.read(file);
        });
        Files.write(file, whole);
        readsWhole(survival.name, () -> parser.read(file));
    }

    /** Damages a text again and again; what is no UTF-8 arrives with replacement characters, as it does from a stream. */
    public static void ofText(String name, String whole, int texts, TextParser parser) {
        Survival survival = new Survival(name, SECONDS / texts);
        survival.run(
                whole.getBytes(StandardCharsets.UTF_8),
                true,
                damaged -> parser.read(new String(damaged, StandardCharsets.UTF_8)));
        readsWhole(name, () -> parser.read(whole));
    }

    private interface Bytes {
        void read(byte[] damaged) throws IOException, RewardException;
    }

    private interface Whole {
        void read() throws IOException, RewardException;
    }

    private static void readsWhole(String name, Whole whole) {
        try {
            whole.read();
        } catch (IOException | RewardException | RuntimeException failed) {
            throw new AssertionError(name + ": what is whole cannot be read", failed);
        }
    }

    private void run(byte[] whole, boolean text, Bytes parser) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long begin = System.nanoTime();
        for (long now = begin; rounds < LEAST_ROUNDS || now - begin < seconds * 1e9; rounds++) {
            byte[] damaged = damage(whole, text);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                parser.read(damaged);
            } catch (UserError | RewardException fault) {
                refused++;
                assertThat(fault.getMessage()).as(() -> kept(damaged)).isNotBlank();
            } catch (Throwable unexpected) {
                throw new AssertionError(
                        name + ", round " + rounds + " of seed " + SEED + ": " + kept(damaged), unexpected);
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as(() -> "bytes allocated for " + kept(damaged))
                    .isLessThan(MOST_BYTES);
            long after = System.nanoTime();
            assertThat((after - now) / 1e9)
                    .as(() -> "seconds for " + kept(damaged))
                    .isLessThan(MOST_SECONDS);
            now = after;
        }
        assertThat(refused).as(name + ": damage was noticed").isPositive();
        System.out.printf(
                Locale.ROOT,
                "fuzz: %s, seed %d: %d inputs in %.0f s, %d of them refused%n",
                name,
                SEED,
                rounds,
                (System.nanoTime() - begin) / 1e9,
                refused);
    }

    private byte[] damage(byte[] whole, boolean text) {
        Damage damage = new Damage(SEED * 1_000_003 + rounds);
        return text && rounds % 4 != 0
                ? damage.encoded(damage.text(new String(whole, StandardCharsets.UTF_8)))
                : damage.bytes(whole);
    }

    /** The input that did it, outside of the folder that goes with the test. */
    private String kept(byte[] bytes) {
        try {
            Path kept = Files.createTempFile("trefoil-damaged-", "-" + name.replaceAll("[^A-Za-z0-9._-]", "-"));
            Files.write(kept, bytes);
            return "the input is " + kept;
        } catch (IOException failed) {
            return "the input cannot be kept: " + failed;
        }
    }
}
