package dev.trefoil.cli;

import dev.trefoil.report.ReportTo;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** The option {@code --report-to} of commands that train. */
final class ReportToOption {

    @Option(
            names = "--report-to",
            paramLabel = "WHERE",
            split = ",",
            description = "Where metrics go beside metrics.jsonl: tensorboard, csv, or both with a comma.")
    private List<ReportTo> wanted = List.of();

    List<ReportTo> wanted() {
        return wanted;
    }

    /** As the key of a pipeline file. */
    String setting() {
        return "report_to=["
                + wanted.stream()
                        .map(one -> one.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "))
                + "]";
    }
}
