package dev.trefoil.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** The option {@code --set} of commands that read a configuration file. */
final class SettingOptions {

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Replace a key of the file, such as optim.learning_rate=1e-4; may be repeated.")
    private List<String> settings = List.of();

    List<String> all() {
        return settings;
    }
}
