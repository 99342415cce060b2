package dev.trefoil.train;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Memory of this process as Linux counts it, in bytes; zeros where there is no /proc.
 *
 * @param peak most that was resident at any time, mapped files included
 * @param file resident now from mapped files, the base among them; shared with other processes
 * @param own resident now and of this process alone
 */
public record ProcessMemory(long peak, long file, long own) {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long KIB = 1024;
    private static final double MIB = 1 << 20;

    public static ProcessMemory now() {
        try {
            List<String> lines = Files.readAllLines(STATUS);
            return new ProcessMemory(
                    bytes(lines, "VmHWM:"),
                    bytes(lines, "RssFile:") + bytes(lines, "RssShmem:"),
                    bytes(lines, "RssAnon:"));
        } catch (IOException noProc) {
            return new ProcessMemory(0, 0, 0);
        }
    }

    /** Files, sockets and pipes that are open now; 0 where the system does not tell. */
    public static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getOpenFileDescriptorCount()
                : 0;
    }

    private static long bytes(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(
                                line.substring(key.length()).replace("kB", "").strip())
                        * KIB)
                .findFirst()
                .orElse(0);
    }

    /** One line for people. */
    public String describe() {
        return peak == 0
                ? "not measured on this system"
                : String.format(
                        Locale.ROOT,
                        "peak %.0f MiB resident; now %.0f MiB mapped from files, %.0f MiB of its own",
                        peak / MIB,
                        file / MIB,
                        own / MIB);
    }
}
