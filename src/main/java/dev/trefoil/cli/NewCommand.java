package dev.trefoil.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "new",
        mixinStandardHelpOptions = true,
        description = "Write a working template to start from.",
        subcommands = {NewRewardCommand.class},
        footer = {"", "Example:", "  trefoil new reward short-answers --kind process"})
final class NewCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "of what? known: reward");
    }
}
