package dev.trefoil.cli;

import dev.trefoil.data.Format;
import dev.trefoil.data.published.Prepared;
import dev.trefoil.data.published.SourceSplit;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What the commands that make stage files of a published data set have in common. */
final class PublishedOptions {

    private static final double DEFAULT_TEST_SHARE = 0.05;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "SOURCE", description = "Files or folders to read.")
    private List<Path> sources;

    @Option(
            names = "--test",
            arity = "1..*",
            paramLabel = "SOURCE",
            description = "Files or folders for testing alone; without them a share of the sources is held back.")
    private List<Path> test = List.of();

    @Option(
            names = "--test-share",
            paramLabel = "SHARE",
            description = "Share of the sources that is held back for testing (0.05, or 0 with --test).")
    private Double testShare;

    @Option(
            names = "--shares",
            split = ",",
            paramLabel = "FILE=SHARE",
            description =
                    "Train each stage on other data, such as sft=0.4,reward=0.4,prompts=0.2; without it all see all.")
    private Map<String, Double> shares = new LinkedHashMap<>();

    @Option(names = "--seed", defaultValue = "1", description = "Seed of all draws (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.")
    private Path out;

    @Option(
            names = "--as",
            defaultValue = "json",
            paramLabel = "FORM",
            description = "Form of the files: json (lines), parquet, csv, tsv (${DEFAULT-VALUE}).")
    private Format form;

    @Option(names = "--strict", description = "Stop at the first row that cannot be used.")
    private boolean strict;

    @Mixin
    private JsonOption json;

    /** @throws ParameterException when shares make no sense */
    SourceSplit split() {
        sources.forEach(source -> InputPath.existing(source, "a data file or a folder with one"));
        test.forEach(source -> InputPath.existing(source, "a data file or a folder with one"));
        try {
            double held = testShare != null ? testShare : test.isEmpty() ? DEFAULT_TEST_SHARE : 0;
            return new SourceSplit(sources, test, held, shares, seed);
        } catch (IllegalArgumentException fault) {
            throw new ParameterException(spec.commandLine(), fault.getMessage());
        }
    }

    Path out() {
        return out;
    }

    Format form() {
        if (form == Format.AUTO || form == Format.XML) {
            throw new ParameterException(spec.commandLine(), "--as: wanted json, parquet, csv or tsv");
        }
        return form;
    }

    boolean strict() {
        return strict;
    }

    int print(Prepared prepared) {
        PrintWriter to = spec.commandLine().getOut();
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("folder", prepared.folder().toString());
            object.put("rows", prepared.rows());
            object.put("counts", prepared.counts());
            object.put("left_out", prepared.leftOut());
            to.println(JsonOption.line(object));
        } else {
            to.print(prepared.describe());
        }
        to.flush();
        return 0;
    }
}
