package dev.trefoil.report;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** metrics.jsonl as one table: a line a step, a column a metric, an empty cell where a step has no such number. */
public final class MetricsCsv {

    private MetricsCsv() {}

    /**
     * Writes the table of a whole log; missing folders are made.
     *
     * @param metrics a metrics.jsonl
     * @throws UserError when a file cannot be read or written
     */
    public static void write(Path metrics, Path csv) {
        try {
            List<MetricsLog.Row> rows = MetricsLog.read(metrics);
            Set<String> names = new TreeSet<>(Metrics.FILE_ORDER);
            rows.forEach(row -> names.addAll(row.metrics().keySet()));
            StringBuilder out = new StringBuilder("step");
            names.forEach(name -> out.append(',').append(quoted(name)));
            out.append('\n');
            for (MetricsLog.Row row : rows) {
                out.append(row.step());
                for (String name : names) {
                    Double value = row.metrics().get(name);
                    out.append(',').append(value == null || !Double.isFinite(value) ? "" : value.toString());
                }
                out.append('\n');
            }
            Files.createDirectories(csv.toAbsolutePath().getParent());
            Files.writeString(csv, out);
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.FAILED,
                    csv + ": cannot be written: " + failed.getMessage() + "; check the disk and the folder's rights",
                    failed);
        }
    }

    private static String quoted(String name) {
        return name.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n')
                ? '"' + name.replace("\"", "\"\"") + '"'
                : name;
    }
}
