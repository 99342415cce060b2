package dev.trefoil.cli;

import dev.trefoil.data.published.SourceSplit;
import dev.trefoil.data.published.StackExchange;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "stackexchange",
        mixinStandardHelpOptions = true,
        description = {
            "Make the files of the stages from Stack Exchange as StackLLaMA did.",
            "Sources: Posts.xml of a dump (any size; joined on the disk, which takes about twice its room beside DIR), its folder,"
                    + " or rows with their answers inside."
        },
        footer = {
            "",
            "Example:",
            "  trefoil data stackexchange coffee.stackexchange.com/Posts.xml --out .data/stackexchange"
        })
final class DataStackExchangeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private PublishedOptions options;

    @Option(
            names = "--site",
            paramLabel = "NAME",
            description = "Site of sources that name none, for links to the authors (name of the folder or file).")
    private String site;

    @Option(
            names = "--max-pairs",
            defaultValue = "" + StackExchange.Options.DEFAULT_MAX_PAIRS,
            description = "Pairs of a question at most, drawn by the seed (${DEFAULT-VALUE}).")
    private int maxPairs;

    @Option(
            names = "--no-title",
            negatable = true,
            description = "Leave the title out, as the published pairs do; with it the question is complete.")
    private boolean noTitle;

    @Option(
            names = "--sort-memory",
            defaultValue = StackExchange.Options.DEFAULT_MEMORY,
            description = "What joining a Posts.xml may hold in memory beside the Java heap (${DEFAULT-VALUE}).")
    private String memory;

    @Override
    public Integer call() {
        SourceSplit split = options.split();
        if (maxPairs < 1) {
            throw new ParameterException(spec.commandLine(), "--max-pairs: must be at least 1, was " + maxPairs);
        }
        StackExchange.Options wanted = new StackExchange.Options(split, site, maxPairs, !noTitle, memory);
        return options.print(StackExchange.write(wanted, options.out(), options.form(), options.strict()));
    }
}
