package dev.trefoil.report.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.artifact.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * One thing that a reproduction must show.
 *
 * @param name what, in words
 * @param outcome how it went
 * @param found the numbers
 * @param wanted what they should be
 */
public record Check(String name, Outcome outcome, String found, String wanted) {

    /** File of a run that holds its checks. */
    public static final String FILE_NAME = "checks.json";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** How a check went; one that is not asked of a run of this size is shown and does not count. */
    public enum Outcome {
        PASSED,
        FAILED,
        NOT_ASKED
    }

    /** Writes checks.json into a run's folder. */
    public static void write(Path run, List<Check> checks) throws IOException {
        try {
            AtomicFiles.write(
                    run.resolve(FILE_NAME),
                    JSON.writerWithDefaultPrettyPrinter().writeValueAsString(checks) + "\n");
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The checks of a run; empty when there are none that can be read. */
    static List<Check> read(Path run) {
        Path file = run.resolve(FILE_NAME);
        try {
            List<Check> checks = Files.isRegularFile(file)
                    ? JSON.readValue(Files.readString(file), new TypeReference<List<Check>>() {})
                    : null;
            return checks != null && checks.stream().allMatch(Check::isWhole) ? checks : List.of();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    private static boolean isWhole(Check check) {
        return check != null
                && Stream.of(check.name, check.outcome, check.found, check.wanted)
                        .allMatch(Objects::nonNull);
    }
}
