package dev.trefoil.report.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.report.MetricsLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What one stage of a run has left.
 *
 * @param name such as {@code sft}
 * @param folder of the artifact, or of the work under way
 * @param manifest of the artifact, or null while the stage is under way
 * @param artifactHash the artifact's identity, or an empty text
 * @param rows its metrics.jsonl
 * @param config its configuration as YAML, or an empty text
 * @param samples texts before and after
 * @param evaluation a reward model's evaluation.json, or a missing node
 * @param facts time, memory and command, or null
 * @param seconds wall time, or NaN
 */
public record StageRun(
        String name,
        Path folder,
        Manifest manifest,
        String artifactHash,
        List<MetricsLog.Row> rows,
        String config,
        List<TextSample> samples,
        List<Finding> findings,
        JsonNode evaluation,
        StageFacts facts,
        double seconds) {

    private static final String METRICS = "metrics.jsonl";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * What a model wrote at a prompt.
     *
     * @param step of training, or -1 when it is not told
     * @param rewardBefore NaN when there is none
     */
    public record TextSample(
            long step, String prompt, String before, String after, double rewardBefore, double rewardAfter) {}

    /**
     * What the doctor said: a line of doctor.jsonl.
     *
     * @param step after which it was said, 0 before the first
     */
    public record Finding(long step, String rule, String severity, String found, String cause, String fix) {}

    public StageRun {
        rows = List.copyOf(rows);
        findings = List.copyOf(findings);
        samples = List.copyOf(samples);
    }

    /** Whether the artifact is sealed. */
    public boolean isFinished() {
        return manifest != null;
    }

    /**
     * Reads a sealed artifact and what lies beside it.
     *
     * @throws dev.trefoil.UserError when it is damaged
     */
    static StageRun finished(Path folder) throws IOException {
        Artifact artifact = Artifact.open(folder);
        StageFacts facts = StageFacts.read(folder);
        return new StageRun(
                artifact.kind(),
                folder,
                artifact.manifest(),
                artifact.hash(),
                metrics(folder),
                textOf(folder.resolve("config.yaml")),
                samplesOf(folder.resolve("samples.jsonl")),
                findingsOf(folder.resolve("doctor.jsonl")),
                json(folder.resolve("evaluation.json")),
                facts,
                facts != null ? facts.seconds() : recordedSeconds(folder));
    }

    /** Reads what a stage that has not sealed its artifact has logged so far. */
    static StageRun underWay(String name, Path work) throws IOException {
        return new StageRun(
                name,
                work,
                null,
                "",
                metrics(work),
                "",
                samplesOf(work.resolve("samples.jsonl")),
                findingsOf(work.resolve("doctor.jsonl")),
                JSON.missingNode(),
                null,
                Double.NaN);
    }

    private static List<MetricsLog.Row> metrics(Path folder) throws IOException {
        Path file = folder.resolve(METRICS);
        return Files.isRegularFile(file) ? MetricsLog.read(file) : List.of();
    }

    private static String textOf(Path file) throws IOException {
        return Files.isRegularFile(file) ? Files.readString(file) : "";
    }

    private static JsonNode json(Path file) throws IOException {
        return Files.isRegularFile(file) ? JSON.readTree(Files.readString(file)) : JSON.missingNode();
    }

    /** A pipeline notes the time of a stage in STAGE.json beside its folder. */
    private static double recordedSeconds(Path folder) {
        try {
            Path name = folder.toAbsolutePath().normalize().getFileName();
            return json(folder.toAbsolutePath().normalize().resolveSibling(name + ".json"))
                    .path("seconds")
                    .asDouble(Double.NaN);
        } catch (IOException unreadable) {
            return Double.NaN;
        }
    }

    private static List<Finding> findingsOf(Path file) throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (String line : linesOf(file)) {
            JsonNode node = parsed(line);
            if (node != null) {
                findings.add(new Finding(
                        node.path("step").asLong(),
                        node.path("rule").asText(),
                        node.path("severity").asText(),
                        node.path("found").asText(),
                        node.path("cause").asText(),
                        node.path("fix").asText()));
            }
        }
        return findings;
    }

    private static List<TextSample> samplesOf(Path file) throws IOException {
        List<TextSample> samples = new ArrayList<>();
        for (String line : linesOf(file)) {
            JsonNode node = parsed(line);
            if (node != null) {
                samples.add(new TextSample(
                        node.path("step").asLong(-1),
                        node.path("prompt").asText(),
                        node.path("before").asText(),
                        node.path("after").asText(),
                        node.path("reward_before").asDouble(Double.NaN),
                        node.path("reward_after").asDouble(Double.NaN)));
            }
        }
        return samples;
    }

    /** The last may end within a letter: a run under way has not finished it. */
    private static List<String> linesOf(Path file) throws IOException {
        return Files.isRegularFile(file)
                ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                        .lines()
                        .toList()
                : List.of();
    }

    /** The line, or null for one that a run under way has not finished. */
    private static JsonNode parsed(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException torn) {
            return null;
        }
    }
}
