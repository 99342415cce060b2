package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.eval.ScoreAgreement;
import dev.trefoil.report.PrintableText;
import dev.trefoil.report.Rounded;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.stage.ppo.RolloutLog;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description =
                "Score the responses of an old ppo run with another reward: rank correlation, largest disagreements.",
        footer = {"", "Example:", "  trefoil replay runs/quickstart --reward lexicon-sentiment"})
final class ReplayCommand implements Callable<Integer> {

    private static final int TEXT_CHARS = 200;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RUN", description = "Folder of a run or of its ppo stage, finished or under way.")
    private Path run;

    @Mixin
    private RewardOptions reward;

    @Option(names = "--show", defaultValue = "5", description = "Disagreements to show (${DEFAULT-VALUE}).")
    private int show;

    @Option(names = "--from-step", defaultValue = "1", description = "Leave out the steps before (${DEFAULT-VALUE}).")
    private long fromStep;

    @Option(names = "--batch-size", defaultValue = "64", description = "Texts at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() throws RewardException {
        InputPath.existing(run, "the folder of a ppo run");
        List<RolloutLog.Logged> logged = RolloutLog.read(run).stream()
                .filter(one -> one.step() >= fromStep)
                .toList();
        if (logged.isEmpty()) {
            throw new UserError(ExitCode.USAGE, run + ": ends before step " + fromStep + "; lower --from-step");
        }
        double[] before = logged.stream().mapToDouble(RolloutLog.Logged::score).toArray();
        double[] now = scores(logged.stream().map(RolloutLog.Logged::sample).toList());
        ScoreAgreement agreement = ScoreAgreement.of(before, now, show);
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(JsonOption.line(map(agreement, logged)));
        } else {
            print(out, agreement, logged);
        }
        out.flush();
        return ExitCode.DONE.value();
    }

    private double[] scores(List<RewardSample> samples) throws RewardException {
        double[] scores = new double[samples.size()];
        try (RewardOptions.Opened opened = reward.open()) {
            for (int from = 0; from < scores.length; from += batchSize) {
                List<RewardSample> batch = samples.subList(from, Math.min(scores.length, from + batchSize));
                List<RewardAnswer> answers = RewardModel.judged(opened.model(), batch);
                for (int i = 0; i < answers.size(); i++) {
                    RewardAnswer answer = answers.get(i);
                    if (answer.isMissing() && !answer.dropped()) {
                        throw answer.fault();
                    }
                    scores[from + i] =
                            answer.isMissing() ? Double.NaN : answer.score().score();
                }
            }
        }
        return scores;
    }

    private static void print(PrintWriter out, ScoreAgreement agreement, List<RolloutLog.Logged> logged) {
        out.print(agreement.toText());
        for (ScoreAgreement.Disagreement one : agreement.largest()) {
            RolloutLog.Logged text = logged.get(one.index());
            out.println();
            out.printf(
                    Locale.ROOT,
                    "step %d: the run's reward %s (above %.0f %% of the texts), this one %s (above %.0f %%)%n",
                    text.step(),
                    Rounded.of(one.firstScore()),
                    100 * one.firstRank(),
                    Rounded.of(one.secondScore()),
                    100 * one.secondRank());
            String prompt = PrintableText.cut(text.sample().prompt(), TEXT_CHARS);
            out.println("  " + prompt + "|" + PrintableText.cut(text.sample().response(), TEXT_CHARS));
        }
    }

    private static Map<String, Object> map(ScoreAgreement agreement, List<RolloutLog.Logged> logged) {
        Map<String, Object> map = new LinkedHashMap<>(agreement.toMap());
        List<Map<String, Object>> largest = new ArrayList<>();
        for (ScoreAgreement.Disagreement one : agreement.largest()) {
            RolloutLog.Logged text = logged.get(one.index());
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("step", text.step());
            entry.put("prompt", text.sample().prompt());
            entry.put("response", text.sample().response());
            entry.put("score_run", one.firstScore());
            entry.put("score_now", one.secondScore());
            entry.put("rank_run", one.firstRank());
            entry.put("rank_now", one.secondRank());
            largest.add(entry);
        }
        map.put("largest_disagreements", largest);
        return map;
    }
}
