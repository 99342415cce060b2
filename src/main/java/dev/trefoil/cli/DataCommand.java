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
        description = "Make data files.",
        subcommands = DataCommand.Reviews.class,
        footer = {"", "Example:", "  trefoil data reviews --out pipelines/quickstart/data"})
final class DataCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which data? known: reviews");
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
