package dev.trefoil.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        description = "Evaluate a model or a reward model on a data file.",
        subcommands = {EvalPerplexityCommand.class, EvalRewardCommand.class, EvalBestOfNCommand.class},
        footer = {
            "",
            "Example:",
            "  trefoil eval perplexity --base bases/quickstart --adapter runs/quickstart/sft \\",
            "      --set data.path=pipelines/quickstart/data/reviews-heldout.jsonl"
        })
final class EvalCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "of what? known: perplexity, reward, best-of-n");
    }
}
