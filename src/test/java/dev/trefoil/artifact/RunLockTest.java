package dev.trefoil.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {

    @TempDir
    Path folder;

    /** Takes the lock, says so, and waits to be killed. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            try (RunLock lock = RunLock.acquire(Path.of(arguments[0]))) {
                System.out.println(lock == null ? "" : "held");
                Thread.sleep(60_000);
            }
        }
    }

    @Test
    void a_folder_belongs_to_one_run_at_a_time() {
        Path run = folder.resolve("runs/film");
        try (RunLock first = RunLock.acquire(run)) {
            assertThat(first).isNotNull();
            assertRefused(run, "another run (process " + ProcessHandle.current().pid() + ")");
        }
        RunLock.acquire(run).close();
    }

    @Test
    void another_process_is_named_and_its_lock_dies_with_it() throws Exception {
        String java = ProcessHandle.current().info().command().orElse("java");
        Process holder = new ProcessBuilder(
                        java, "-cp", System.getProperty("java.class.path"), Holder.class.getName(), folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = holder.inputReader()) {
            assertThat(out.readLine()).isEqualTo("held");
            assertRefused(folder, "another run (process " + holder.pid() + ")");
        } finally {
            holder.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
        }
        RunLock.acquire(folder).close();
    }

    @Test
    void a_place_that_cannot_be_written_is_said() throws IOException {
        Path file = folder.resolve("file");
        Files.writeString(file, "");
        assertThatThrownBy(() -> RunLock.acquire(file))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.CONFIG_OR_DATA))
                .hasMessageContaining("cannot be written");
    }

    private static void assertRefused(Path run, String part) {
        assertThatThrownBy(() -> RunLock.acquire(run))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.REFUSED))
                .hasMessageContaining(part)
                .hasMessageContaining("--out");
    }
}
