package dev.trefoil.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class LargeTensorsTest {

    private static final int MIB = 1 << 20;

    /** As the build sets it for the tests. */
    @AfterEach
    void restore() {
        LargeTensors.mapFrom(1 << 30);
    }

    @Test
    void memory_between_blocks_in_use_goes_back_when_it_is_freed() throws IOException {
        assertThat(keptAfterFreeing()).isGreaterThan(50 * MIB);
        LargeTensors.mapEach();
        assertThat(keptAfterFreeing()).isLessThan(10 * MIB);
        LargeTensors.reuseEach();
        assertThat(keptAfterFreeing()).isGreaterThan(50 * MIB);
    }

    /** Own bytes that the process has after 64 MiB in ten blocks, with small ones between them, more than before. */
    private static long keptAfterFreeing() throws IOException {
        // no free memory of earlier tests, in which the blocks would find room
        CLibrary.function("malloc_trim").orElseThrow().invokeInt(new Object[] {0L});
        long before = own();
        Memory[] large = new Memory[10];
        Memory[] small = new Memory[10];
        for (int i = 0; i < large.length; i++) {
            large[i] = new Memory(64 * MIB / large.length);
            large[i].clear();
            small[i] = new Memory(100);
        }
        for (Memory each : large) {
            each.close();
        }
        long kept = own() - before;
        for (Memory each : small) {
            each.close();
        }
        return kept;
    }

    private static long own() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .sum();
    }
}
