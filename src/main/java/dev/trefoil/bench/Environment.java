package dev.trefoil.bench;

import dev.trefoil.artifact.Manifest;
import dev.trefoil.kernel.EngineInfo;
import dev.trefoil.model.SharedBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a measurement was made.
 *
 * @param base folder of the base store
 * @param precision of the base's linears
 * @param threads of the engine
 * @param processor its name; empty where the system does not tell
 * @param versions of program, Java, engine and system
 */
record Environment(
        String base, String baseHash, String precision, int threads, String processor, Map<String, String> versions) {

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    static Environment of(SharedBase base) {
        EngineInfo engine = EngineInfo.now();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("trefoil", Manifest.VERSION);
        versions.put("java", System.getProperty("java.version"));
        versions.put("pytorch", engine.version());
        versions.put("djl", engine.library());
        versions.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        return new Environment(
                base.folder().toString(),
                base.hash(),
                base.config().precision().toString(),
                engine.threads(),
                processorName(),
                versions);
    }

    private static String processorName() {
        try {
            return Files.readAllLines(PROCESSORS).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException noProc) {
            return "";
        }
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("base", base);
        map.put("base_hash", baseHash);
        map.put("precision", precision);
        map.put("threads", threads);
        map.put("processor", processor);
        map.put("versions", versions);
        return map;
    }

    /** One line for people. */
    String describe() {
        return "base " + base + " (" + precision + "), " + threads + " threads"
                + (processor.isEmpty() ? "" : ", " + processor)
                + "; trefoil " + versions.get("trefoil") + ", PyTorch " + versions.get("pytorch") + " through DJL "
                + versions.get("djl") + ", Java " + versions.get("java");
    }
}
