package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The texts with known scores beside a reward model: golden.jsonl, one {@code {"prompt", "response", "score"}} a line. */
public final class GoldenScores {

    private static final JsonMapper JSON = JsonMapper.builder().build();

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
     * Scores all texts in one batch, then each alone, and returns the largest distance from a golden score: a model whose scores depend
     * on the batch shows here too.
     */
    public double largestError(RewardModel model) throws RewardException {
        double largest = 0;
        List<RewardScore> together = RewardModel.checked(model, samples);
        for (int i = 0; i < samples.size(); i++) {
            double alone =
                    RewardModel.checked(model, List.of(samples.get(i))).get(0).score();
            largest = Math.max(largest, Math.abs(alone - scores.get(i)));
            largest = Math.max(largest, Math.abs(together.get(i).score() - scores.get(i)));
        }
        return largest;
    }
}
