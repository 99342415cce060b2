package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.reward.builtin.RewardTemplate;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "reward",
        mixinStandardHelpOptions = true,
        description = "Write a reward model of your own: code, reward.yaml, README and golden texts.",
        footer = {
            "",
            "Example:",
            "  trefoil new reward short-answers --kind process",
            "  trefoil score --reward short-answers --check"
        })
final class NewRewardCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "Name of the reward model and of its folder.")
    private String name;

    @Option(
            names = "--kind",
            required = true,
            description = "java (a source file), process (a Python program) or http (a service).")
    private RewardTemplate kind;

    @Option(
            names = "--in",
            defaultValue = "reward-models",
            paramLabel = "DIR",
            description = "Where the folder is made (${DEFAULT-VALUE}).")
    private Path in;

    @Override
    public Integer call() {
        Path folder = kind.write(name, in);
        PrintWriter out = spec.commandLine().getOut();
        out.println(folder + ": written; " + folder.resolve("README.md") + " says how to go on");
        out.println("try: scripts/trefoil score --reward " + folder + " --check");
        out.flush();
        return ExitCode.DONE.value();
    }
}
