package dev.trefoil.quant;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Memory of the machine, or of the container that this process runs in when it was given less. Java itself reads a container's limit, of
 * either version of Linux's control groups.
 */
public final class MachineMemory {

    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final String AVAILABLE = "MemAvailable:";
    private static final int KIB = 1024;

    private MachineMemory() {}

    /** All bytes that there are for this process and its neighbours; the largest number where nothing tells. */
    public static long total() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }

    /**
     * Bytes that this process may still take, mapped files included: what Linux calls available on the machine, but never more than
     * {@link #total}.
     */
    public static long available() {
        return Math.min(availableOnMachine(), total());
    }

    private static long availableOnMachine() {
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
}
