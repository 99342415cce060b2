package dev.trefoil.pipeline;

import dev.trefoil.Survival;
import dev.trefoil.UserError;
import dev.trefoil.train.StageResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pipeline remembers of a finished stage, under random damage. */
class DamagedRecordTest {

    @TempDir
    private Path folder;

    @Test
    void record_of_a_stage() throws IOException {
        StageRecord now = new StageRecord(
                "a1",
                "c1",
                "optim:\n  steps: 3\n  target_modules: [q, v]\n",
                "b1",
                new TreeMap<>(Map.of("sft", "p1")),
                new TreeMap<>(Map.of("data.jsonl", "d1")),
                1.5,
                Map.of("loss", 0.5),
                List.of("loss 0.5"));
        Path artifact = folder.resolve("ppo");
        now.write(artifact);
        Survival.ofFile(StageRecord.file(artifact), true, damaged -> {
            StageRecord then = StageRecord.read(artifact);
            if (then == null) {
                throw UserError.data("no record");
            }
            then.changes(StageKind.PPO, now);
            new StageResult(artifact, then.metrics(), then.summaryLines());
        });
        // What is quoted inside is YAML of its own.
        Path settings = Files.writeString(folder.resolve("settings.yaml"), now.settings());
        Survival.ofFile(settings, true, damaged -> {
            String text = new String(Files.readAllBytes(damaged), StandardCharsets.UTF_8);
            if (ConfigChanges.between(text, now.settings()).size() > 1) {
                throw UserError.data("settings changed");
            }
        });
    }
}
