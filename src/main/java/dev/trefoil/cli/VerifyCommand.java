package dev.trefoil.cli;

import dev.trefoil.verify.CaseOutcome;
import dev.trefoil.verify.OutcomeText;
import dev.trefoil.verify.Verify;
import dev.trefoil.verify.VerifyReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = "Compare this program's numbers with golden ones: largest errors beside their tolerances.",
        footer = {"", "Example:", "  trefoil verify src/test/resources/golden"})
final class VerifyCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "CASE",
            description = "Folder with case.json and data.safetensors, or a folder of such folders.")
    private List<Path> cases;

    @Option(names = "--brief", description = "One line a case; the whole table only for those that fail.")
    private boolean brief;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        cases.forEach(path -> InputPath.existing(path, "a case or a folder of cases"));
        PrintWriter out = spec.commandLine().getOut();
        Consumer<CaseOutcome> show = outcome -> {
            out.print(
                    brief && outcome.status() != CaseOutcome.Status.FAILED
                            ? OutcomeText.headline(outcome) + "\n"
                            : OutcomeText.table(outcome));
            out.flush();
        };
        VerifyReport report = Verify.run(cases, json.wanted() ? outcome -> {} : show);
        out.println(json.wanted() ? JsonOption.line(report.json()) : report.summary());
        out.flush();
        return report.exitCode().value();
    }
}
