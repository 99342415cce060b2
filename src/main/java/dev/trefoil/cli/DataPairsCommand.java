package dev.trefoil.cli;

import dev.trefoil.data.ChatRenderer;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.Format;
import dev.trefoil.data.PairConfig;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.data.Rejects;
import dev.trefoil.data.RowWriter;
import dev.trefoil.data.SampleSet;
import dev.trefoil.data.Samples;
import dev.trefoil.data.published.StackExchange;
import dev.trefoil.data.table.Rewriting;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "pairs",
        mixinStandardHelpOptions = true,
        description = {
            "Make preference pairs (prompt, chosen, rejected, margin).",
            "From scores: texts of one group with unequal scores, such as answers to one question.",
            "From labels: each text of one label over one of the other, drawn by the seed."
        },
        footer = {
            "",
            "Examples:",
            "  trefoil data pairs answers.csv --group question --score votes --prompt question --out pairs.jsonl",
            "  trefoil data pairs reviews.jsonl --positive positive --negative negative --out pairs.jsonl"
        })
final class DataPairsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Data files.")
    private List<Path> files;

    @Option(
            names = "--text",
            defaultValue = "text",
            paramLabel = "COLUMN",
            description = "The texts (${DEFAULT-VALUE}).")
    private String text;

    @ArgGroup(multiplicity = "1")
    private Kind kind;

    @Option(names = "--seed", defaultValue = "1", description = "Seed of all draws (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "File to make.")
    private Path out;

    @Mixin
    private RejectOptions rejected;

    /** One of the two ways. */
    static final class Kind {
        @ArgGroup(exclusive = false)
        private Scores scores;

        @ArgGroup(exclusive = false)
        private Labels labels;
    }

    /** Texts of a group with scores. */
    static final class Scores {
        @Option(names = "--group", required = true, paramLabel = "COLUMN", description = "What belongs together.")
        private String group;

        @Option(names = "--score", required = true, paramLabel = "COLUMN", description = "A number; higher is better.")
        private String score;

        @Option(names = "--prompt", paramLabel = "COLUMN", description = "What the texts answer; none if absent.")
        private String prompt;

        @Option(
                names = "--max-pairs",
                defaultValue = "" + StackExchange.Options.DEFAULT_MAX_PAIRS,
                description = "Pairs of a group at most (${DEFAULT-VALUE}).")
        private int most = StackExchange.Options.DEFAULT_MAX_PAIRS;
    }

    /** Texts with labels. */
    static final class Labels {
        @Option(names = "--positive", required = true, paramLabel = "LABEL", description = "Label of the better texts.")
        private String positive;

        @Option(names = "--negative", required = true, paramLabel = "LABEL", description = "Label of the others.")
        private String negative;

        @Option(names = "--label", paramLabel = "COLUMN", description = "The labels (label).")
        private String label = "label";
    }

    @Override
    public Integer call() {
        files.forEach(file -> InputPath.file(file, "a data file"));
        PrintWriter to = spec.commandLine().getOut();
        try (Rejects rejects = rejected.open(out)) {
            long pairs = kind.scores != null ? fromScores(kind.scores, rejects) : fromLabels(kind.labels, to);
            to.println(pairs + " pairs in " + out);
            rejected.finish(rejects, out, to);
        }
        to.flush();
        return 0;
    }

    private long fromScores(Scores scores, Rejects rejects) {
        if (scores.most < 1) {
            throw new ParameterException(spec.commandLine(), "--max-pairs: must be at least 1, was " + scores.most);
        }
        Rewriting.Groups groups =
                new Rewriting.Groups(scores.group, text, scores.score, scores.prompt, scores.most, seed);
        return Rewriting.pairs(files, out, Format.AUTO, groups, StackExchange.Options.DEFAULT_MEMORY, rejects);
    }

    private long fromLabels(Labels labels, PrintWriter to) {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("text", text);
        columns.put("label", labels.label);
        PairConfig pairs;
        try {
            pairs = new PairConfig(labels.positive, labels.negative, seed, null);
        } catch (IllegalArgumentException fault) {
            throw new ParameterException(spec.commandLine(), fault.getMessage());
        }
        DataConfig config = DataConfig.ofAll(files.stream().map(Path::toString).toList())
                .withColumns(columns)
                .withPairs(pairs);
        SampleSet<PreferenceSample> made = Samples.preferences(config, Path.of(""), ChatRenderer.none());
        try (RowWriter writer = RowWriter.open(out, Format.AUTO)) {
            for (PreferenceSample pair : made.samples()) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("prompt", pair.prompt());
                row.put("chosen", pair.chosen());
                row.put("rejected", pair.rejected());
                writer.write(row);
            }
            writer.commit();
        }
        to.println(made.report().describe());
        return made.samples().size();
    }
}
