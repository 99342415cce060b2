package dev.trefoil.cli;

import dev.trefoil.UserError;
import dev.trefoil.report.Metric;
import dev.trefoil.report.Metrics;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "metrics",
        mixinStandardHelpOptions = true,
        description = "Explain the metrics of metrics.jsonl.",
        footer = {"", "Example:", "  trefoil metrics objective/kl ppo/policy/clipfrac"})
final class MetricsCommand implements Callable<Integer> {

    private static final int COLUMNS = 120;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "NAME", description = "Metrics to explain; all if none is named.")
    private List<String> names = List.of();

    @Option(names = "--width", defaultValue = "" + COLUMNS, description = "Columns of the table (${DEFAULT-VALUE}).")
    private int width;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Metric> wanted = names.isEmpty()
                ? Metrics.all()
                : names.stream().map(MetricsCommand::find).toList();
        if (json.wanted()) {
            wanted.forEach(metric -> out.println(JsonOption.line(metric)));
        } else if (names.isEmpty()) {
            out.print(Metrics.table(width));
        } else {
            wanted.forEach(metric -> out.println(metric.name() + " [" + metric.unit() + "]: " + metric.meaning()));
        }
        out.flush();
        return 0;
    }

    private static Metric find(String name) {
        return Metrics.find(name)
                .orElseThrow(() -> UserError.data(name + ": unknown metric"
                        + InputPath.nearest(
                                        name,
                                        Metrics.all().stream().map(Metric::name).toList())
                                .map(near -> "; did you mean " + near + "?")
                                .orElse("; trefoil metrics lists all")));
    }
}
