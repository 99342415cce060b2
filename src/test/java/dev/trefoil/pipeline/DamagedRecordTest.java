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

    private static StageRecord record(String config, String settings) {
        return new StageRecord(
                "a1",
                config,
                settings,
                "b1",
                new TreeMap<>(Map.of("sft", "p1")),
                new TreeMap<>(Map.of("data.jsonl", "d1")),
                1.5,
                Map.of("loss", 0.5),
                List.of("loss 0.5"));
    }

    @Test
    void record_of_a_stage() throws IOException {
        StageRecord now = record("c1", "optim: {steps: 3}\n");
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
    }

    /** What is quoted in a record is YAML of its own, read as a configuration or compared key by key. */
    @Test
    void settings_in_a_record() throws IOException {
        String yaml = StageKind.PPO
                .load(Path.of("pipelines/quickstart/ppo.yaml"), List.of())
                .yaml();
        StageRecord now = record("c1", yaml);
        Path settings = Files.writeString(folder.resolve("settings.yaml"), yaml);
        Survival.ofFile(settings, true, damaged -> {
            String text = new String(Files.readAllBytes(damaged), StandardCharsets.UTF_8);
            ConfigChanges.between(text, yaml);
            List<String> changes = record("c0", text).changes(StageKind.PPO, now);
            if (!changes.equals(record("c0", yaml).changes(StageKind.PPO, now))) {
                throw UserError.data("settings changed");
            }
        });
    }
}
