package dev.trefoil.stage.ppo;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.report.PrintableText;
import dev.trefoil.report.StepLines;
import dev.trefoil.reward.RewardSample;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * rollouts.jsonl.gz: every response that was trained on, one {@code {"step", "prompt", "response", "score"}} a line, so that another
 * reward model can judge the same texts later. {@code score} is null where there was none; {@code metadata} is there if the prompt
 * had some. Each step is a gzip member of its own, which zcat and the like read as one text.
 */
public final class RolloutLog {

    /** Name of the file in a run's folder. */
    public static final String NAME = "rollouts.jsonl.gz";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;

    private RolloutLog(Path file) {
        this.file = file;
    }

    /**
     * A response of an old run.
     *
     * @param step counted from 1
     * @param score what the run's own reward model said, NaN where it said nothing
     */
    public record Logged(long step, RewardSample sample, double score) {}

    static Path below(Path folder) {
        return folder.resolve(NAME);
    }

    /** Goes on behind the steps done; later ones, of a run that was cut off, are dropped. */
    static RolloutLog open(Path folder, long doneSteps) {
        RolloutLog log = new RolloutLog(below(folder));
        try {
            byte[] text = doneSteps > 0 && Files.exists(log.file) ? text(log.file) : new byte[0];
            int kept = StepLines.upTo(log.file, text, doneSteps, new ArrayList<>());
            AtomicFiles.write(log.file, packed(text, kept));
            return log;
        } catch (IOException failed) {
            throw UserError.unwritable(log.file + ":", failed);
        }
    }

    /** The text, but for the end of a file that was cut off in the middle of a step. */
    private static byte[] text(Path file) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        if (Files.size(file) == 0) {
            return text.toByteArray();
        }
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            in.transferTo(text);
        } catch (EOFException | ZipException cutOff) {
            // The step that was being written is done again.
        }
        return text.toByteArray();
    }

    private static byte[] packed(byte[] text, int length) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (length > 0) {
            try (OutputStream out = new GZIPOutputStream(bytes)) {
                out.write(text, 0, length);
            }
        }
        return bytes.toByteArray();
    }

    void write(long step, List<RewardSample> samples, Judge.Verdict verdict) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            RewardSample sample = samples.get(i);
            ObjectNode line = JSON.createObjectNode();
            line.put("step", step);
            line.put("prompt", sample.prompt());
            line.put("response", sample.response());
            double score = verdict.score(i);
            if (Double.isNaN(score)) {
                line.putNull("score");
            } else {
                line.put("score", score);
            }
            ObjectNode metadata = JSON.valueToTree(sample.metadata());
            metadata.remove(RewardSample.RESPONSE_TOKENS);
            if (!metadata.isEmpty()) {
                line.set("metadata", metadata);
            }
            lines.add(line.toString());
        }
        try {
            append(lines);
        } catch (IOException failed) {
            throw UserError.unwritable(file + ":", failed);
        }
    }

    private void append(List<String> lines) throws IOException {
        if (lines.isEmpty()) {
            return;
        }
        byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        Files.write(file, packed(text, text.length), StandardOpenOption.APPEND);
    }

    /**
     * The responses of a run, in order.
     *
     * @param run folder of a pipeline's run, of its ppo stage, finished or under way, or the file itself
     * @throws UserError when there is no such file, or it is damaged
     */
    public static List<Logged> read(Path run) {
        List<Path> places = List.of(
                run,
                run.resolve(NAME),
                run.resolve(PpoStage.NAME).resolve(NAME),
                run.resolveSibling(run.getFileName() + ".work").resolve(NAME),
                run.resolve(PpoStage.NAME + ".work").resolve(NAME));
        Path file = places.stream()
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> UserError.data(run + ": holds no " + NAME + " and no ppo/" + NAME
                        + "; wanted the folder of a ppo run, which logs its responses there"));
        List<Logged> found = new ArrayList<>();
        try {
            List<JsonNode> lines = new ArrayList<>();
            StepLines.upTo(file, text(file), Long.MAX_VALUE, lines);
            for (JsonNode line : lines) {
                found.add(logged(file, found.size() + 1, line));
            }
        } catch (IOException damaged) {
            throw UserError.data(file + ": cannot be read: " + damaged.getMessage());
        }
        if (found.isEmpty()) {
            throw UserError.data(file + ": holds no response; wanted a run of at least one step");
        }
        return found;
    }

    private static Logged logged(Path file, int number, JsonNode line) {
        if (!line.path("response").isTextual()) {
            throw UserError.data(
                    file + ": line " + number + ": found no response; wanted step, prompt, response, score");
        }
        JsonNode described = line.path("metadata");
        if (!described.isMissingNode() && !described.isObject()) {
            throw UserError.data(file + ": line " + number + ": metadata: found "
                    + PrintableText.of(described.toString()) + ", wanted an object");
        }
        Map<String, Object> metadata = JSON.convertValue(described, new TypeReference<>() {});
        RewardSample sample = new RewardSample(
                line.path("prompt").asText(""), line.get("response").asText(), metadata);
        return new Logged(line.path("step").asLong(), sample, line.path("score").asDouble(Double.NaN));
    }
}
