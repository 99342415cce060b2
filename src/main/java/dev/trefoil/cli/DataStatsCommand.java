package dev.trefoil.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description =
                "Read a whole data file: lengths, labels, repeated rows; of pairs, how often the longer text is chosen.",
        footer = {"", "Example:", "  trefoil data stats pipelines/quickstart/data/pairs.jsonl"})
final class DataStatsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private DataLookOptions look;

    @Override
    public Integer call() {
        look.print(null, 0, spec.commandLine().getOut());
        return 0;
    }
}
