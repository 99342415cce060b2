package dev.trefoil.cli;

import dev.trefoil.data.Format;
import dev.trefoil.data.Rejects;
import dev.trefoil.data.table.Rewriting;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        description = {
            "Write data files as one file of another form; the endings of the names say which.",
            "From: .jsonl, .json, .csv, .tsv, .parquet, .xml (row elements); all but Parquet may end in .gz. To: .jsonl, .csv, .tsv, .parquet."
        },
        footer = {"", "Example:", "  trefoil data convert pipelines/quickstart/data/pairs.jsonl --out pairs.parquet"})
final class DataConvertCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Data files, one after the other.")
    private List<Path> files;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "File to make.")
    private Path out;

    @Mixin
    private RejectOptions rejected;

    @Override
    public Integer call() {
        files.forEach(file -> InputPath.file(file, "a data file"));
        PrintWriter to = spec.commandLine().getOut();
        try (Rejects rejects = rejected.open(out)) {
            long rows = Rewriting.convert(files, out, Format.AUTO, rejects);
            to.println(rows + " rows in " + out);
            rejected.finish(rejects, out, to);
        }
        to.flush();
        return 0;
    }
}
