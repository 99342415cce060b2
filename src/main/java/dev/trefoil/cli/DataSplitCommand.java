package dev.trefoil.cli;

import dev.trefoil.data.Rejects;
import dev.trefoil.data.SeededSplit;
import dev.trefoil.data.table.Rewriting;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "split",
        mixinStandardHelpOptions = true,
        description =
                "Deal the rows of data files out to parts by a seed; rows with one value of a column stay together.",
        footer = {
            "",
            "Example:",
            "  trefoil data split pipelines/quickstart/data/pairs.jsonl --by prompt --shares train=0.9,test=0.1 --out pairs"
        })
final class DataSplitCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Data files.")
    private List<Path> files;

    @Option(
            names = "--by",
            paramLabel = "COLUMN",
            description = "Column whose equal values stay together; each row if absent.")
    private String by;

    @Option(
            names = "--shares",
            split = ",",
            defaultValue = "train=0.9,test=0.1",
            paramLabel = "PART=SHARE",
            description = "Parts and their shares, 1 in sum (${DEFAULT-VALUE}).")
    private Map<String, Double> shares = new LinkedHashMap<>();

    @Option(names = "--seed", defaultValue = "1", description = "Seed of the draw (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--as",
            defaultValue = "jsonl",
            paramLabel = "ENDING",
            description = "jsonl, csv, tsv or parquet (${DEFAULT-VALUE}).")
    private String ending;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for a file called like each part.")
    private Path out;

    @Mixin
    private RejectOptions rejected;

    @Override
    public Integer call() {
        files.forEach(file -> InputPath.file(file, "a data file"));
        SeededSplit split;
        try {
            split = new SeededSplit(seed, shares);
        } catch (IllegalArgumentException fault) {
            throw new ParameterException(spec.commandLine(), "--shares: " + fault.getMessage());
        }
        PrintWriter to = spec.commandLine().getOut();
        Path rows = out.resolve("rows");
        try (Rejects rejects = rejected.open(rows)) {
            Rewriting.split(files, by, split, out, ending, rejects)
                    .forEach((part, count) -> to.println(count + " rows in " + out.resolve(part + "." + ending)));
            rejected.finish(rejects, rows, to);
        }
        to.flush();
        return 0;
    }
}
