package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.builtin.GoldenScores;
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
            "  trefoil score --reward lexicon-sentiment --input reward-models/lexicon-sentiment/golden.jsonl",
            "  trefoil score --reward lexicon-sentiment --check"
        })
final class ScoreCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private RewardOptions reward;

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "Data file with a column response, or text, and perhaps prompt.")
    private Path input;

    @Option(
            names = "--check",
            description = "Score the texts of the model's golden.jsonl again; a difference is a failure (exit code 1).")
    private boolean check;

    @Option(
            names = "--update",
            description = "With --check: write the scores found into golden.jsonl, after you changed the model.")
    private boolean update;

    @Option(
            names = "--tolerance",
            defaultValue = "1e-6",
            description = "With --check: largest difference that counts as none (${DEFAULT-VALUE}).")
    private double tolerance;

    @Option(names = "--batch-size", defaultValue = "64", description = "Rows at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() throws RewardException {
        if (check == (input != null) || update && !check) {
            throw new UserError(
                    ExitCode.USAGE, "either --input FILE or --check is wanted, and --update only with --check");
        }
        return check ? checkGolden() : scoreFile();
    }

    private int checkGolden() throws RewardException {
        Path file = reward.home().resolve("golden.jsonl");
        InputPath.file(file, "the golden texts of the reward model, one {\"prompt\", \"response\", \"score\"} a line");
        GoldenScores golden = GoldenScores.read(file);
        try (RewardOptions.Opened opened = reward.open()) {
            GoldenScores.Outcome outcome = golden.check(opened.model());
            PrintWriter out = spec.commandLine().getOut();
            if (update) {
                golden.write(file, outcome);
                out.println(file + ": " + golden.size() + " scores written");
            } else if (json.wanted()) {
                out.println(JsonOption.line(outcome.toMap(tolerance)));
            } else {
                out.print(outcome.toText(tolerance));
            }
            out.flush();
            return (update || outcome.passes(tolerance) ? ExitCode.DONE : ExitCode.FAILED).value();
        }
    }

    private int scoreFile() throws RewardException {
        InputPath.file(input, "a data file with a column response");
        List<RewardSample> samples = new ArrayList<>();
        for (Row row : DataFile.readAll(input, ReadOptions.defaults())) {
            samples.add(sample(row));
        }
        try (RewardOptions.Opened opened = reward.open()) {
            for (int from = 0; from < samples.size(); from += batchSize) {
                List<RewardSample> batch = samples.subList(from, Math.min(samples.size(), from + batchSize));
                print(batch, RewardModel.judged(opened.model(), batch));
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
        Map<String, Object> metadata = new LinkedHashMap<>(row.values());
        metadata.keySet().removeAll(List.of("prompt", "response", "text", "score"));
        return new RewardSample(prompt == null ? "" : prompt.toString(), response.toString(), metadata);
    }

    /** A sample that the model's policy drops has no number: null, or in JSON also why. */
    private void print(List<RewardSample> batch, List<RewardAnswer> answers) throws RewardException {
        PrintWriter out = spec.commandLine().getOut();
        for (int i = 0; i < batch.size(); i++) {
            RewardAnswer answer = answers.get(i);
            if (answer.isMissing() && !answer.dropped()) {
                throw answer.fault();
            }
            if (json.wanted()) {
                out.println(JsonOption.line(object(batch.get(i), answer)));
            } else {
                out.println(
                        answer.isMissing()
                                ? "null"
                                : Double.toString(answer.score().score()));
            }
            if (answer.isMissing()) {
                spec.commandLine().getErr().println("dropped: " + answer.fault().getMessage());
            }
        }
        out.flush();
    }

    private static Map<String, Object> object(RewardSample sample, RewardAnswer answer) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("score", answer.isMissing() ? null : answer.score().score());
        if (answer.isMissing()) {
            object.put("fault", answer.fault().getMessage());
        } else {
            object.put("parts", answer.score().parts());
        }
        object.put("prompt", sample.prompt());
        object.put("response", sample.response());
        return object;
    }
}
