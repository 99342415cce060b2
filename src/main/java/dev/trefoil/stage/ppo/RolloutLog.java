package dev.trefoil.stage.ppo;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardSample;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
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
            List<String> kept = new ArrayList<>();
            for (String line : doneSteps > 0 && Files.exists(log.file) ? lines(log.file) : List.<String>of()) {
                if (JSON.readTree(line).path("step").asLong(Long.MAX_VALUE) <= doneSteps) {
                    kept.add(line);
                }
            }
            Files.write(log.file, new byte[0]);
            log.append(kept);
            return log;
        } catch (IOException failed) {
            throw UserError.unwritable(log.file + ":", failed);
        }
    }

    /** All whole lines; the end of a file that was cut off in the middle of a step is left out. */
    private static List<String> lines(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        if (Files.size(file) == 0) {
            return lines;
        }
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.endsWith("}")) {
                    lines.add(line);
                }
            }
        } catch (EOFException | ZipException cutOff) {
            // The step that was being written is done again.
        }
        return lines;
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
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file, StandardOpenOption.APPEND))) {
            out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        }
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
            for (String line : lines(file)) {
                found.add(logged(file, found.size() + 1, JSON.readTree(line)));
            }
        } catch (IOException damaged) {
            throw UserError.data(file + ": line " + (found.size() + 1) + " cannot be read: " + damaged.getMessage());
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
        Map<String, Object> metadata = JSON.convertValue(line.path("metadata"), new TypeReference<>() {});
        RewardSample sample = new RewardSample(
                line.path("prompt").asText(""), line.get("response").asText(), metadata);
        return new Logged(line.path("step").asLong(), sample, line.path("score").asDouble(Double.NaN));
    }
}
