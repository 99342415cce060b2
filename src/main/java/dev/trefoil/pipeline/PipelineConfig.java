package dev.trefoil.pipeline;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import dev.trefoil.report.ReportTo;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A pipeline file: which stages, in which order, over which base. */
public record PipelineConfig(
        @Required @Doc("Folder of the base store that all stages share.")
        Path base,

        @Doc("How the base is made when it is not there.") BaseSource prepare,

        @Doc("Seed of all stages; each file's own if absent.")
        Long seed,

        @Required @Doc("Folder of the run; each stage seals its artifact in OUT/STAGE.")
        Path out,

        @Required @Doc("The stages in their order.") List<StageEntry> stages,

        @Doc(
                "Named sizes: scale to stage to keys that replace those of the stage's file, as in {small: {sft: {train.max_steps: 50}}}.")
        Map<String, Map<String, Map<String, Object>>> scales,

        @Doc(
                "Scale to the base that it runs on in place of the file's, as in {tiny: {base: bases/tiny, prepare: ...}}.")
        Map<String, BaseChoice> bases,

        @Doc("The scale that is taken when none is asked for; the files as they are if absent.")
        String scale,

        @Doc("Where metrics go beside metrics.jsonl: tensorboard (OUT/tensorboard/STAGE), csv (OUT/csv/STAGE.csv).")
        List<ReportTo> reportTo) {

    public PipelineConfig {
        stages = stages == null ? null : List.copyOf(stages);
        reportTo = reportTo == null ? List.of() : List.copyOf(reportTo);
        scales = scales == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(scales));
        bases = bases == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(bases));
        if (stages != null && stages.isEmpty()) {
            throw new IllegalArgumentException("stages: must name at least one stage, was empty");
        }
        if (stages != null && stages.stream().map(StageEntry::stage).distinct().count() < stages.size()) {
            throw new IllegalArgumentException("stages: must name each stage once, were "
                    + stages.stream().map(StageEntry::stage).toList());
        }
        if (scale != null && !scales.containsKey(scale)) {
            throw new IllegalArgumentException("scale: must be one of " + scales.keySet() + ", was " + scale);
        }
        for (String named : bases.keySet()) {
            if (!scales.containsKey(named)) {
                throw new IllegalArgumentException("bases." + named + ": must be one of the scales " + scales.keySet());
            }
        }
        for (Map.Entry<String, Map<String, Map<String, Object>>> entry : scales.entrySet()) {
            checkStages(entry.getKey(), entry.getValue().keySet(), stages);
        }
    }

    private static void checkStages(String scale, Iterable<String> named, List<StageEntry> stages) {
        List<String> known = stages == null
                ? List.of()
                : stages.stream().map(entry -> entry.stage().key()).toList();
        for (String stage : named) {
            if (!known.contains(stage)) {
                throw new IllegalArgumentException("scales." + scale + "." + stage
                        + ": must be a stage of this pipeline " + known + ", was " + stage);
            }
        }
    }

    /** Everything but base, out and stages, which are required. */
    public static PipelineConfig defaults() {
        return new PipelineConfig(null, null, null, null, null, Map.of(), Map.of(), null, List.of());
    }

    /** The same on the base that a scale names, if it names one. */
    PipelineConfig at(String size) {
        BaseChoice choice = bases.get(size);
        return choice == null
                ? this
                : new PipelineConfig(
                        choice.base(), choice.prepare(), seed, out, stages, scales, bases, scale, reportTo);
    }
}
