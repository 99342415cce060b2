package dev.trefoil.pipeline;

import dev.trefoil.report.Summary;
import dev.trefoil.train.ProcessMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The block that closes a run. */
public final class PipelineSummary {

    private static final String INDENT = "    ";
    private static final int MINUTE = 60;

    private PipelineSummary() {}

    /** For people: each stage with its time, numbers and artifact, then time and memory of the whole. */
    public static String text(Pipeline pipeline, List<PipelineRun.Finished> stages) {
        StringBuilder out = new StringBuilder("\nrun " + pipeline.out() + "\n");
        double seconds = 0;
        for (PipelineRun.Finished stage : stages) {
            out.append("\n  ").append(stage.stage()).append(stage.skipped() ? ", finished before, " : ", ");
            out.append(time(stage.seconds())).append('\n');
            stage.result()
                    .summaryLines()
                    .forEach(line -> out.append(INDENT).append(line).append('\n'));
            String artifact = stage.result().artifact().toString();
            if (stage.result().summaryLines().stream().noneMatch(line -> line.endsWith(artifact))) {
                out.append(INDENT).append("artifact: ").append(artifact).append('\n');
            }
            seconds += stage.skipped() ? 0 : stage.seconds();
        }
        Summary whole = new Summary("  in all");
        whole.add("time", time(seconds));
        whole.add("memory", ProcessMemory.now().describe());
        return out.append('\n').append(whole.toText()).toString();
    }

    /** For other programs. */
    public static Map<String, Object> map(Pipeline pipeline, List<PipelineRun.Finished> stages) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("run", pipeline.out().toString());
        List<Map<String, Object>> each = new ArrayList<>();
        for (PipelineRun.Finished stage : stages) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("stage", stage.stage());
            one.put("skipped", stage.skipped());
            one.put("seconds", stage.seconds());
            one.put("artifact", stage.result().artifact().toString());
            one.put("metrics", stage.result().metrics());
            each.add(one);
        }
        all.put("stages", each);
        ProcessMemory memory = ProcessMemory.now();
        all.put("peak_resident_bytes", memory.peak());
        all.put("resident_file_bytes", memory.file());
        all.put("resident_own_bytes", memory.own());
        return all;
    }

    private static String time(double seconds) {
        Duration duration = Duration.ofMillis(Math.round(seconds * 1000));
        return seconds < MINUTE
                ? String.format(Locale.ROOT, "%.1f s", seconds)
                : String.format(Locale.ROOT, "%d min %02d s", duration.toMinutes(), duration.toSecondsPart());
    }
}
