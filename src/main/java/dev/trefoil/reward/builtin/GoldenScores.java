package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.report.PrintableText;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** The texts with known scores beside a reward model: golden.jsonl, one {@code {"prompt", "response", "score"}} a line. */
public final class GoldenScores {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final int SHOWN = 60;

    private final List<RewardSample> samples;
    private final List<Double> scores;

    private GoldenScores(List<RewardSample> samples, List<Double> scores) {
        this.samples = List.copyOf(samples);
        this.scores = List.copyOf(scores);
    }

    /**
     * Reads the file.
     *
     * @throws UserError for a line that is not a golden score, naming file and line
     */
    public static GoldenScores read(Path file) {
        List<RewardSample> samples = new ArrayList<>();
        List<Double> scores = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                JsonNode node = JSON.readTree(line);
                if (!node.path("response").isTextual() || !node.path("score").isNumber()) {
                    throw UserError.data(file + ":" + (samples.size() + 1)
                            + ": an object with a text \"response\" and a number \"score\" is wanted");
                }
                samples.add(new RewardSample(
                        node.path("prompt").asText(""), node.get("response").asText(), Map.of()));
                scores.add(node.get("score").doubleValue());
            }
        } catch (IOException e) {
            throw UserError.data(file + ":" + (samples.size() + 1) + ": cannot be read: " + e.getMessage());
        }
        return new GoldenScores(samples, scores);
    }

    public int size() {
        return samples.size();
    }

    /**
     * What came of a check.
     *
     * @param found [size] scores of all texts in one batch
     * @param alone [size] each alone
     */
    public record Outcome(GoldenScores golden, double[] found, double[] alone) {

        /** The larger distance of a text's two scores from the golden one. */
        double error(int text) {
            double wanted = golden.scores.get(text);
            return Math.max(Math.abs(found[text] - wanted), Math.abs(alone[text] - wanted));
        }

        /** Whether all scores are as they should be. */
        public boolean passes(double tolerance) {
            return IntStream.range(0, found.length).allMatch(i -> error(i) <= tolerance);
        }

        /** One line a text that differs, and a line that counts. */
        public String toText(double tolerance) {
            StringBuilder text = new StringBuilder();
            int wrong = 0;
            for (int i = 0; i < found.length; i++) {
                if (!(error(i) <= tolerance)) {
                    wrong++;
                    text.append(String.format(
                            Locale.ROOT,
                            "text %d: wanted %s, found %s in the batch and %s alone: %s%n",
                            i + 1,
                            golden.scores.get(i),
                            found[i],
                            alone[i],
                            PrintableText.cut(golden.samples.get(i).response().strip(), SHOWN)));
                }
            }
            return text.append(String.format(
                            Locale.ROOT,
                            "%d of %d golden scores are as they should be (within %s)%n",
                            found.length - wrong,
                            found.length,
                            tolerance))
                    .toString();
        }

        /** Numbers for JSON output. */
        public Map<String, Object> toMap(double tolerance) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("texts", found.length);
            map.put(
                    "largest_error",
                    IntStream.range(0, found.length)
                            .mapToDouble(this::error)
                            .max()
                            .orElse(0));
            map.put("tolerance", tolerance);
            map.put("passes", passes(tolerance));
            return map;
        }
    }

    /** Scores all texts in one batch, then each alone. */
    public Outcome check(RewardModel model) throws RewardException {
        double[] found = RewardModel.checked(model, samples).stream()
                .mapToDouble(RewardScore::score)
                .toArray();
        double[] alone = new double[found.length];
        for (int i = 0; i < alone.length; i++) {
            alone[i] =
                    RewardModel.checked(model, List.of(samples.get(i))).get(0).score();
        }
        return new Outcome(this, found, alone);
    }

    /** Writes the texts with the scores that a check found. */
    public void write(Path file, Outcome outcome) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < samples.size(); i++) {
            ObjectNode line = JSON.createObjectNode();
            line.put("prompt", samples.get(i).prompt());
            line.put("response", samples.get(i).response());
            line.put("score", outcome.found()[i]);
            text.append(line).append('\n');
        }
        try {
            AtomicFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw UserError.data(file + ": cannot be written: " + e.getMessage());
        }
    }

    /**
     * Scores all texts in one batch, then each alone, and returns the largest distance from a golden score: a model whose scores depend
     * on the batch shows here too.
     */
    public double largestError(RewardModel model) throws RewardException {
        Outcome outcome = check(model);
        return IntStream.range(0, size()).mapToDouble(outcome::error).max().orElse(0);
    }
}
