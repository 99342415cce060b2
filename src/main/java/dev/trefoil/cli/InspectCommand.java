package dev.trefoil.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
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

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "Shows the first rows of training data as this base's tokenizer and chat template read them.")
    private Path base;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "With --base: a key of the data section, such as chat.assistant_only_loss=true.")
    private List<String> settings = List.of();

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.existing(path, "a base store, an artifact, an adapter, a safetensors file or a data file");
        Map<String, Object> found = Inspection.of(path, rows, check);
        if (base != null) {
            InputPath.folder(base, "a base store or a folder with tokenizer.json");
            found.put(RenderedRows.KEY, RenderedRows.of(path, rows, base, settings));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(JsonOption.line(found));
        } else {
            List<?> rendered = base == null ? List.of() : (List<?>) found.remove(RenderedRows.KEY);
            Inspection.print(found, out);
            rendered.forEach(row -> out.println(System.lineSeparator() + row));
        }
        out.flush();
        return 0;
    }
}
