package dev.trefoil.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that only writes checkpoints and artifacts is killed in the midst of it: at random instants, and, where strace is installed, at
 * each of its system calls that change names or force files to the disk. What it said it had saved is there, whole. {@code
 * -Dtrefoil.kills=20} kills more often, and at every call.
 */
@EnabledOnOs(OS.LINUX)
class KilledWriterTest {

    private static final int KILLS = Integer.getInteger("trefoil.kills", 2);
    private static final int ALL = 20;
    private static final long SEED = Long.getLong("trefoil.seed", 8);
    private static final List<String> CALLS = List.of("mkdir", "rename", "fsync", "unlink", "rmdir");

    /** Enough for checkpoints to be deleted and an artifact to be replaced. */
    private static final String STEPS = "6";

    @TempDir
    private Path folder;

    private Process start(List<String> before, Path to, String steps) throws IOException {
        List<String> words = new ArrayList<>(before);
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                WriterProcess.class.getName(),
                to.toString(),
                steps));
        return new ProcessBuilder(words)
                .redirectError(folder.resolve("errors.txt").toFile())
                .redirectOutput(said(to).toFile())
                .start();
    }

    private static Path said(Path to) {
        return to.resolveSibling(to.getFileName() + ".txt");
    }

    @Test
    void at_random_instants() throws Exception {
        Random random = new Random(SEED);
        int torn = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path to = folder.resolve("random-" + kill);
            Process process = start(List.of(), to, "1000000");
            while (process.isAlive() && !Files.readString(said(to)).contains("saved")) {
                Thread.sleep(2);
            }
            Thread.sleep(random.nextInt(200), random.nextInt(1_000_000));
            process.destroyForcibly().waitFor();
            torn += isWhole(to) ? 1 : 0;
        }
        System.out.printf("kills of a writer, seed %d: %d, of these %d with files half-written%n", SEED, KILLS, torn);
    }

    @Test
    void at_each_system_call() throws Exception {
        assumeStrace();
        int killed = 0;
        int torn = 0;
        for (String call : CALLS) {
            boolean over = false;
            int step = KILLS < ALL ? 5 : 1;
            for (int number = 1; !over; number += step) {
                Path to = folder.resolve(call + "-" + number);
                String inject = "inject=" + call + ":signal=SIGKILL:when=" + number;
                List<String> strace =
                        List.of("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject);
                Process process = start(strace, to, STEPS);
                assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
                over = process.exitValue() == 0;
                assertThat(process.exitValue())
                        .as(() -> text(folder.resolve("errors.txt")))
                        .isIn(0, 137);
                killed += over ? 0 : 1;
                torn += isWhole(to) && !over ? 1 : 0;
            }
        }
        System.out.printf("kills of a writer at system calls: %d, of these %d with files half-written%n", killed, torn);
        assertThat(torn).isPositive();
    }

    /** Looks at what a killed writer left, as the next run does; whether something was half-written. */
    private static boolean isWhole(Path to) throws IOException {
        Map<Long, Float> begun = new LinkedHashMap<>();
        long saved = 0;
        long sealed = 0;
        for (String line : Files.readAllLines(said(to))) {
            String[] words = line.split(" ");
            if (words.length == 3 && words[0].equals("begin")) {
                begun.put(Long.parseLong(words[1]), Float.parseFloat(words[2]));
            }
            saved = words[0].equals("saved") ? Long.parseLong(words[1]) : saved;
            sealed = words[0].equals("sealed") ? Long.parseLong(words[1]) : sealed;
        }
        boolean torn = isTorn(to);
        WriterProcess next = new WriterProcess(to);
        LoopState state = next.restore();
        assertThat(state.step()).isGreaterThanOrEqualTo(saved);
        if (state.step() > 0) {
            assertThat(begun).containsKey(state.step());
            assertThat(next.weights()).containsOnly(begun.get(state.step()));
            assertThat(state.numbers()).containsEntry("loss", 0.5 / state.step());
            assertThat(to.resolve("checkpoints/best-" + state.bestStep())
                            .toFile()
                            .exists())
                    .isEqualTo(state.bestStep() > 0);
        }
        if (Artifact.exists(next.artifact())) {
            Artifact.open(next.artifact());
            assertThat(Long.parseLong(Files.readString(next.artifact().resolve("step.txt"))))
                    .isGreaterThanOrEqualTo(sealed)
                    .isIn(begun.keySet());
        } else if (sealed > 0) {
            // Killed between two renames: the earlier artifact had stepped aside.
            assertThat(partials(to).filter(Artifact::exists)).isNotEmpty();
        }
        ArtifactWriter.deleteLeftovers(next.artifact());
        next.step(state.step() + 1);
        next.step(state.step() + 2);
        next.step(state.step() + 3);
        assertThat(isTorn(to)).as("leftovers in " + to).isFalse();
        return torn;
    }

    private static Stream<Path> partials(Path to) throws IOException {
        return Files.list(to).filter(path -> path.getFileName().toString().contains(".partial"));
    }

    private static boolean isTorn(Path to) throws IOException {
        if (!Files.isDirectory(to)) {
            return false;
        }
        try (Stream<Path> files = Files.walk(to)) {
            return files.anyMatch(file -> file.getFileName().toString().contains(".partial"));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            return failed.toString();
        }
    }

    private static void assumeStrace() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("strace", "-qq", "-o", "/dev/null", "true").start();
            assumeTrue(process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0, "strace may not trace here");
        } catch (IOException missing) {
            assumeTrue(false, "there is no strace");
        }
    }
}
