package dev.trefoil.pipeline;

import dev.trefoil.quant.MachineMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The computer in words, for who reads a run's times. */
final class Machine {

    private static final double GIB = 1 << 30;

    private Machine() {}

    /** Such as {@code 2 cores, AMD EPYC 9B14, 24 GiB, Linux amd64, Java 17}. */
    static String describe() {
        StringBuilder text = new StringBuilder();
        text.append(Runtime.getRuntime().availableProcessors()).append(" cores");
        String model = value(Path.of("/proc/cpuinfo"), "model name");
        text.append(model.isEmpty() ? "" : ", " + model);
        long memory = MachineMemory.total();
        text.append(memory == Long.MAX_VALUE ? "" : String.format(Locale.ROOT, ", %.0f GiB", memory / GIB));
        return text.append(", ")
                .append(System.getProperty("os.name"))
                .append(' ')
                .append(System.getProperty("os.arch"))
                .append(", Java ")
                .append(Runtime.version().feature())
                .toString();
    }

    /** What stands behind the colon of the first line that begins with the key; empty when there is none. */
    private static String value(Path file, String key) {
        try {
            List<String> lines = Files.readAllLines(file);
            return lines.stream()
                    .filter(line -> line.startsWith(key) && line.contains(":"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException noProc) {
            return "";
        }
    }
}
