package dev.trefoil.cli;

import dev.trefoil.artifact.Manifest;
import dev.trefoil.quant.BaseConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "version",
        mixinStandardHelpOptions = true,
        description = "Print the versions of the program, its file formats and Java.",
        footer = {"", "Example:", "  trefoil version"})
final class VersionCommand implements Callable<Integer> {

    /** Also printed by --version. */
    static final class Text implements IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[] {
                "trefoil " + Manifest.VERSION,
                "artifact format " + Manifest.FORMAT + ", base store format " + BaseConfig.FORMAT + ", quantiser "
                        + BaseConfig.QUANTISER,
                "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch")
            };
        }
    }

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        for (String line : new Text().getVersion()) {
            spec.commandLine().getOut().println(line);
        }
        return 0;
    }
}
