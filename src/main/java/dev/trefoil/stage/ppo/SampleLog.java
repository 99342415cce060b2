package dev.trefoil.stage.ppo;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.report.SamplesTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** samples.jsonl: prompt, the reference's response and the policy's, drawn with the same random numbers, and their rewards. */
final class SampleLog {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;

    private SampleLog(Path file) {
        this.file = file;
    }

    /** Goes on behind the lines of steps done; later ones, of a run that was cut off, are dropped. */
    static SampleLog open(Path file, long doneSteps) {
        try {
            List<String> kept = new ArrayList<>();
            for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
                // A torn last line comes from steps that are done again.
                if (line.endsWith("}") && JSON.readTree(line).path("step").asLong(Long.MAX_VALUE) <= doneSteps) {
                    kept.add(line);
                }
            }
            Files.write(file, kept);
            return new SampleLog(file);
        } catch (IOException failed) {
            throw unwritable(file, failed);
        }
    }

    void write(long step, List<SamplesTable.Row> rows) {
        List<String> lines = new ArrayList<>();
        for (SamplesTable.Row row : rows) {
            ObjectNode line = JSON.createObjectNode();
            line.put("step", step);
            line.put("prompt", row.prompt());
            line.put("before", row.before());
            line.put("after", row.after());
            line.put("reward_before", row.rewardBefore());
            line.put("reward_after", row.rewardAfter());
            lines.add(line.toString());
        }
        try {
            Files.write(file, lines, StandardOpenOption.APPEND);
        } catch (IOException failed) {
            throw unwritable(file, failed);
        }
    }

    private static UserError unwritable(Path file, IOException failed) {
        return new UserError(
                ExitCode.FAILED, file + ": cannot be written: " + failed.getMessage() + "; free some space", failed);
    }
}
