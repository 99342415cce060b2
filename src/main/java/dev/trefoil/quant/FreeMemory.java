package dev.trefoil.quant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory that this process may still take, mapped files included, as Linux counts it. */
final class FreeMemory {

    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final Path LIMIT = Path.of("/sys/fs/cgroup/memory.max");
    private static final String AVAILABLE = "MemAvailable:";
    private static final int KIB = 1024;

    private FreeMemory() {}

    /** Bytes: what the machine has available, or the container's limit when that is less; the largest number where nothing tells. */
    static long bytes() {
        return Math.min(available(), limit());
    }

    private static long available() {
        try {
            return Files.readAllLines(MACHINE).stream()
                    .filter(line -> line.startsWith(AVAILABLE))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException notLinux) {
            return Long.MAX_VALUE;
        }
    }

    private static long limit() {
        try {
            String text = Files.readString(LIMIT).strip();
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
        } catch (IOException noContainer) {
            return Long.MAX_VALUE;
        }
    }
}
