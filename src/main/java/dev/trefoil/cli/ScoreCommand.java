package dev.trefoil.cli;

import dev.trefoil.UserError;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "score",
        mixinStandardHelpOptions = true,
        description = "Score responses with any reward model, one line each.",
        footer = {
            "",
            "Example:",
            "  trefoil score --reward lexicon-sentiment --input reward-models/lexicon-sentiment/golden.jsonl"
        })
final class ScoreCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private RewardOptions reward;

    @Option(
            names = "--input",
            required = true,
            paramLabel = "FILE",
            description = "Data file with a column response, or text, and perhaps prompt.")
    private Path input;

    @Option(names = "--batch-size", defaultValue = "64", description = "Rows at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() throws RewardException {
        InputPath.file(input, "a data file with a column response");
        List<RewardSample> samples = new ArrayList<>();
        for (Row row : DataFile.readAll(input, ReadOptions.defaults())) {
            samples.add(sample(row));
        }
        try (RewardOptions.Opened opened = reward.open()) {
            for (int from = 0; from < samples.size(); from += batchSize) {
                List<RewardSample> batch = samples.subList(from, Math.min(samples.size(), from + batchSize));
                print(batch, RewardModel.checked(opened.model(), batch));
            }
        }
        return 0;
    }

    private static RewardSample sample(Row row) {
        Object response = row.values().containsKey("response")
                ? row.values().get("response")
                : row.values().get("text");
        if (response == null) {
            throw UserError.data(row.where() + ": found columns "
                    + String.join(", ", row.values().keySet()) + ", wanted response (or text), and perhaps prompt");
        }
        Object prompt = row.values().get("prompt");
        return RewardSample.of(prompt == null ? "" : prompt.toString(), response.toString());
    }

    private void print(List<RewardSample> batch, List<RewardScore> scores) {
        PrintWriter out = spec.commandLine().getOut();
        for (int i = 0; i < batch.size(); i++) {
            if (json.wanted()) {
                Map<String, Object> object = new LinkedHashMap<>();
                object.put("score", scores.get(i).score());
                object.put("parts", scores.get(i).parts());
                object.put("prompt", batch.get(i).prompt());
                object.put("response", batch.get(i).response());
                out.println(JsonOption.line(object));
            } else {
                out.println(scores.get(i).score());
            }
        }
        out.flush();
    }
}
