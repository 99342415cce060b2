package dev.trefoil.cli;

import dev.trefoil.config.ConfigReader;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import dev.trefoil.data.ChatRenderer;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.data.Samples;
import dev.trefoil.eval.RewardEvaluation;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import dev.trefoil.token.ChatRendering;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "reward",
        mixinStandardHelpOptions = true,
        description = "Accuracy, ROC AUC, calibration and the pull of length of any reward model on pairs.",
        footer = {
            "",
            "Example:",
            "  trefoil eval reward --reward lexicon-sentiment --data pipelines/quickstart/data/pairs-heldout.jsonl"
        })
final class EvalRewardCommand implements Callable<Integer> {

    /** The section of a stage file that says which pairs. */
    public record Question(
            @Required @Doc("Pairs: prompt, chosen, rejected; or pairs made of labels.")
            DataConfig data) {

        public static Question defaults() {
            return new Question(null);
        }
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private RewardOptions reward;

    @Option(names = "--data", paramLabel = "FILE", description = "Data file; same as --set data.path=FILE.")
    private Path file;

    @Mixin
    private SettingOptions settings;

    @Option(names = "--batch-size", defaultValue = "64", description = "Texts at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() throws RewardException {
        List<String> keys = new ArrayList<>();
        if (file != null) {
            InputPath.file(file, "a data file of pairs");
            keys.add("data.path=" + JsonOption.line(file.toString()));
        }
        keys.addAll(settings.all());
        Question question = ConfigReader.fromOverrides(keys, Question.class);
        try (RewardOptions.Opened opened = reward.open()) {
            List<PreferenceSample> pairs = Samples.preferences(question.data(), Path.of(""), chat(opened, question))
                    .samples();
            RewardEvaluation found = RewardEvaluation.of(
                    scores(opened.model(), pairs, PreferenceSample::chosen),
                    scores(opened.model(), pairs, PreferenceSample::rejected),
                    pairs.stream().mapToInt(pair -> pair.chosen().length()).toArray(),
                    pairs.stream().mapToInt(pair -> pair.rejected().length()).toArray());
            PrintWriter out = spec.commandLine().getOut();
            if (json.wanted()) {
                out.println(JsonOption.line(found.toMap()));
            } else {
                out.print(found.toText());
            }
            out.flush();
        }
        return 0;
    }

    private static ChatRenderer chat(RewardOptions.Opened opened, Question question) {
        return opened.base() == null
                ? ChatRenderer.none()
                : ChatRendering.of(
                        opened.base().folder(),
                        opened.base().tokenizer(),
                        question.data().chat());
    }

    private double[] scores(RewardModel model, List<PreferenceSample> pairs, Function<PreferenceSample, String> side)
            throws RewardException {
        double[] scores = new double[pairs.size()];
        for (int from = 0; from < pairs.size(); from += batchSize) {
            List<RewardSample> batch = pairs.subList(from, Math.min(pairs.size(), from + batchSize)).stream()
                    .map(pair -> RewardSample.of(pair.prompt(), side.apply(pair)))
                    .toList();
            List<RewardScore> found = RewardModel.checked(model, batch);
            for (int i = 0; i < batch.size(); i++) {
                scores[from + i] = found.get(i).score();
            }
        }
        return scores;
    }
}
