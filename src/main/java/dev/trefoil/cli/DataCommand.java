package dev.trefoil.cli;

import dev.trefoil.data.grammar.QuickstartData;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "data",
        mixinStandardHelpOptions = true,
        description = "Look at data files and make them: from published data sets, from other files, or invented.",
        subcommands = {
            DataInspectCommand.class,
            DataStatsCommand.class,
            DataConvertCommand.class,
            DataSplitCommand.class,
            DataPairsCommand.class,
            DataStackExchangeCommand.class,
            DataHhCommand.class,
            DataImdbCommand.class,
            DataCommand.Reviews.class
        },
        footer = {
            "",
            "Example:",
            "  trefoil data stackexchange coffee.stackexchange.com/Posts.xml --out .data/stackexchange"
        })
final class DataCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? trefoil data --help lists them");
    }

    @Command(
            name = "reviews",
            mixinStandardHelpOptions = true,
            description =
                    "Write the invented film reviews, pairs and prompts of the quickstart; the same bytes each time.",
            footer = {"", "Example:", "  trefoil data reviews --out pipelines/quickstart/data"})
    static final class Reviews implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder for the six files.")
        private Path out;

        @Override
        public Integer call() {
            QuickstartData.write(out);
            spec.commandLine().getOut().println("written: " + out);
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
