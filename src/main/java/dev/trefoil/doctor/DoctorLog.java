package dev.trefoil.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.report.StepLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** doctor.jsonl: one line for each rule that fired, when it first did. */
final class DoctorLog {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final List<Finding> kept;

    private DoctorLog(Path file, List<Finding> kept) {
        this.file = file;
        this.kept = List.copyOf(kept);
    }

    /** Goes on behind the findings of steps done; later ones, of a run that was cut off, are dropped. */
    static DoctorLog open(Path file, long doneSteps) {
        try {
            if (file.toAbsolutePath().getParent() != null) {
                Files.createDirectories(file.toAbsolutePath().getParent());
            }
            List<Finding> kept = new ArrayList<>();
            StepLines.resume(file, doneSteps).forEach(line -> finding(line).ifPresent(kept::add));
            return new DoctorLog(file, kept);
        } catch (IOException failed) {
            throw UserError.unwritable(file + ":", failed);
        }
    }

    /** What the steps that stay had found. */
    List<Finding> kept() {
        return kept;
    }

    private static Optional<Finding> finding(JsonNode node) {
        String name = node.path("rule").asText();
        Severity severity = node.path("severity").asText().equals("stop") ? Severity.STOP : Severity.WARN;
        return Rules.all().stream()
                .filter(advice -> advice.name().equals(name))
                .findFirst()
                .map(advice -> new Finding(
                        node.path("step").asLong(),
                        advice,
                        severity,
                        node.path("found").asText()));
    }

    void write(Finding finding) {
        try {
            Files.writeString(file, JSON.writeValueAsString(finding.toMap()) + "\n", StandardOpenOption.APPEND);
        } catch (IOException failed) {
            throw UserError.unwritable(file + ":", failed);
        }
    }
}
