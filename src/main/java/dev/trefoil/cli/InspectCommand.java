package dev.trefoil.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Say what is in a base store, an artifact, an adapter, a safetensors file or a data file.",
        footer = {"", "Example:", "  trefoil inspect runs/quickstart/reward"})
final class InspectCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "PATH", description = "File or folder; what it is is found out.")
    private Path path;

    @Option(names = "--rows", defaultValue = "3", description = "Rows of a data file to show (${DEFAULT-VALUE}).")
    private int rows;

    @Option(names = "--check", description = "Read all weights of a base store and compare their hashes.")
    private boolean check;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.existing(path, "a base store, an artifact, an adapter, a safetensors file or a data file");
        Map<String, Object> found = Inspection.of(path, rows, check);
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(JsonOption.line(found));
        } else {
            Inspection.print(found, out);
        }
        out.flush();
        return 0;
    }
}
