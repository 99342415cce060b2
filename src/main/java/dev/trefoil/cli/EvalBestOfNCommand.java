package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.PromptSample;
import dev.trefoil.data.Samples;
import dev.trefoil.eval.BestOfN;
import dev.trefoil.eval.Candidates;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.builtin.LearnedReward;
import dev.trefoil.reward.builtin.RewardModels;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.token.PromptRow;
import dev.trefoil.token.Prompts;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "best-of-n",
        mixinStandardHelpOptions = true,
        description = "Mean reward of the best of n responses, and how far that is from the model at most.",
        footer = {
            "",
            "Example:",
            "  trefoil eval best-of-n --base bases/quickstart --adapter runs/quickstart/sft \\",
            "      --reward runs/quickstart/reward --prompts pipelines/quickstart/data/prompts-heldout.jsonl --n 1,4,16"
        })
final class EvalBestOfNCommand implements Callable<Integer> {

    /** What is asked: prompts and how responses are drawn. */
    public record Question(
            @Required @Doc("Where the prompts come from.") DataConfig data,
            @Doc("Which part of a text is the prompt.") PromptConfig prompts,
            @Doc("How responses are drawn.") SamplingConfig sampling) {

        public static Question defaults() {
            return new Question(null, PromptConfig.defaults(), SamplingConfig.defaults());
        }
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private RoleOptions roles;

    @Option(
            names = "--reward",
            required = true,
            paramLabel = "NAME-OR-PATH",
            description = "Name in reward-models/, path of a reward.yaml, or artifact of a reward stage.")
    private String reward;

    @Option(names = "--prompts", paramLabel = "FILE", description = "Data file; same as --set data.path=FILE.")
    private Path file;

    @Option(
            names = "--n",
            split = ",",
            defaultValue = "1,2,4,8",
            description = "Numbers of responses of which the best counts (${DEFAULT-VALUE}).")
    private int[] ns;

    @Option(
            names = "--samples",
            defaultValue = "0",
            description = "Responses drawn for each prompt, at least the largest n and by default that many.")
    private int samples;

    @Mixin
    private SettingOptions settings;

    @Option(names = "--seed", defaultValue = "0", description = "Of the random numbers (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--batch-size", defaultValue = "16", description = "Responses at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() throws RewardException {
        int largest = 0;
        for (int n : ns) {
            if (n < 1) {
                throw new UserError(ExitCode.USAGE, "--n: was " + n + ", at least 1 is wanted");
            }
            largest = Math.max(largest, n);
        }
        if (samples != 0 && samples < largest) {
            throw new UserError(
                    ExitCode.USAGE,
                    "--samples: was " + samples + ", at least the largest n, " + largest + ", is wanted");
        }
        Question question = question();
        try (SharedBase base = roles.open();
                Role role = roles.role(base);
                RewardModel model = RewardModels.in(RewardOptions.folder(), LearnedReward.opener(base))
                        .open(reward)) {
            Candidates.Drawing drawing = new Candidates.Drawing(
                    question.sampling(), base.config().tokens().eosIds(), seed, batchSize);
            List<double[]> scores =
                    Candidates.draw(role, prompts(base, question), Math.max(samples, largest), model, drawing).stream()
                            .map(Candidates::scores)
                            .toList();
            print(BestOfN.of(scores, ns));
        }
        return ExitCode.DONE.value();
    }

    private Question question() {
        List<String> keys = new ArrayList<>();
        if (file != null) {
            InputPath.file(file, "a data file of prompts");
            keys.add("data.path=" + JsonOption.line(file.toString()));
        }
        keys.addAll(settings.all());
        return ConfigReader.fromOverrides(keys, Question.class);
    }

    private List<PromptRow> prompts(SharedBase base, Question question) {
        ChatRendering chat = ChatRendering.of(
                base.folder(), base.tokenizer(), question.data().chat());
        List<PromptSample> found =
                Samples.prompts(question.data(), Path.of(""), chat).samples();
        return Prompts.encode(base.tokenizer(), found, question.prompts(), seed).rows();
    }

    private void print(List<BestOfN> figures) {
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            figures.forEach(one -> out.println(JsonOption.line(one.toMap())));
        } else {
            out.print(BestOfN.toText(figures));
        }
        out.flush();
    }
}
