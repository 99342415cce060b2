package dev.trefoil.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Look at the beginning of a data file: columns, types, lengths, first rows.",
        footer = {"", "Example:", "  trefoil data inspect pipelines/quickstart/data/pairs.jsonl"})
final class DataInspectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private DataLookOptions look;

    @Option(names = "--rows", defaultValue = "3", description = "First rows to show (${DEFAULT-VALUE}).")
    private int rows;

    @Option(names = "--limit", defaultValue = "1000", description = "Rows to read (${DEFAULT-VALUE}).")
    private long limit;

    @Override
    public Integer call() {
        look.print(Math.max(1, limit), rows, spec.commandLine().getOut());
        return 0;
    }
}
