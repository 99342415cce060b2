package dev.trefoil.cli;

import dev.trefoil.report.page.ComparePage;
import dev.trefoil.report.page.RunPage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = {
            "Write the report of a run as one HTML file that opens offline, or compare several runs on one page.",
            "A run that is under way is shown as far as it has come."
        },
        footer = {
            "",
            "Examples:",
            "  trefoil report runs/quickstart",
            "  trefoil report runs/quickstart runs/other --out compare.html"
        })
final class ReportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "RUN",
            arity = "1..*",
            description = "Folder of a run (runs/NAME) or of one stage (runs/NAME/STAGE).")
    private List<Path> runs;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "The file to write; report.html in the run's folder, or compare.html here for several.")
    private Path out;

    @Override
    public Integer call() {
        runs.forEach(run -> InputPath.folder(run, "the folder of a run or of a stage"));
        Path written;
        if (runs.size() == 1) {
            written = RunPage.write(runs.get(0), out);
        } else {
            written = out == null ? Path.of("compare.html") : out;
            ComparePage.write(runs, written);
        }
        PrintWriter to = spec.commandLine().getOut();
        to.println(written);
        to.flush();
        return 0;
    }
}
