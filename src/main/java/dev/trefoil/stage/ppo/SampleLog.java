package dev.trefoil.stage.ppo;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.report.SamplesTable;
import dev.trefoil.report.StepLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * samples.jsonl: prompt, the reference's response and the policy's, drawn with the same random numbers, their rewards and the named
 * parts of these.
 */
final class SampleLog {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;

    private SampleLog(Path file) {
        this.file = file;
    }

    /** Goes on behind the lines of steps done; later ones, of a run that was cut off, are dropped. */
    static SampleLog open(Path file, long doneSteps) {
        try {
            StepLines.resume(file, doneSteps);
            return new SampleLog(file);
        } catch (IOException failed) {
            throw UserError.unwritable(file + ":", failed);
        }
    }

    /** A row of the table, with the named parts of both rewards. */
    record Line(SamplesTable.Row row, Map<String, Double> partsBefore, Map<String, Double> partsAfter) {}

    void write(long step, List<Line> samples) {
        List<String> lines = new ArrayList<>();
        for (Line sample : samples) {
            SamplesTable.Row row = sample.row();
            ObjectNode line = JSON.createObjectNode();
            line.put("step", step);
            line.put("prompt", row.prompt());
            line.put("before", row.before());
            line.put("after", row.after());
            putNumber(line, "reward_before", row.rewardBefore());
            putNumber(line, "reward_after", row.rewardAfter());
            putParts(line, "parts_before", sample.partsBefore());
            putParts(line, "parts_after", sample.partsAfter());
            lines.add(line.toString());
        }
        try {
            Files.write(file, lines, StandardOpenOption.APPEND);
        } catch (IOException failed) {
            throw UserError.unwritable(file + ":", failed);
        }
    }

    private static void putNumber(ObjectNode line, String key, double value) {
        if (Double.isNaN(value)) {
            line.putNull(key);
        } else {
            line.put(key, value);
        }
    }

    private static void putParts(ObjectNode line, String key, Map<String, Double> parts) {
        if (!parts.isEmpty()) {
            ObjectNode node = line.putObject(key);
            parts.forEach(node::put);
        }
    }
}
