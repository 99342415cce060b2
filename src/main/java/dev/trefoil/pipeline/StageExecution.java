package dev.trefoil.pipeline;

import dev.trefoil.UserError;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.report.page.RunPage;
import dev.trefoil.report.page.StageFacts;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.io.IOException;

/**
 * One stage from its configuration to its sealed artifact, with run.json (time, memory beside the plan, command) and report.html in the
 * artifact's folder.
 */
public final class StageExecution {

    private static final double NANOS = 1e9;

    /**
     * From where a stage was started.
     *
     * @param command as it was typed, or null
     * @param scale of the pipeline, or null
     */
    public record Origin(String command, String scale) {}

    /** What came of it. */
    public record Outcome(StageResult result, double seconds) {}

    private StageExecution() {}

    /**
     * Runs a stage; a report that cannot be written is told and does not undo what was trained. It is written before the stage's working
     * folder goes, so that a run that is killed in between still gets one.
     */
    public static Outcome run(StageKind.Loaded stage, StageContext context, SharedBase base, Origin origin) {
        MemoryPlan plan = stage.plan(base);
        stage.chosen(base, plan).forEach(context::say);
        long begin = context.nanoClock().getAsLong();
        try (MemoryWatch watch = MemoryWatch.start()) {
            StageContext reporting = context.withFinished(result -> {
                report(result, facts(plan, seconds(context, begin), watch, context, base, origin), context);
                context.finished().accept(result);
            });
            StageResult result = stage.run(reporting, base);
            return new Outcome(result, seconds(context, begin));
        }
    }

    private static double seconds(StageContext context, long begin) {
        return (context.nanoClock().getAsLong() - begin) / NANOS;
    }

    private static StageFacts facts(
            MemoryPlan plan, double seconds, MemoryWatch watch, StageContext context, SharedBase base, Origin origin) {
        long mappedPlan = plan.peak().mappedBytes();
        return new StageFacts(
                origin.command(),
                Manifest.VERSION,
                Machine.describe(),
                base.config().source().description(),
                origin.scale(),
                seconds,
                context.resume(),
                new StageFacts.Memory(watch.own(), watch.mapped()),
                new StageFacts.Memory(plan.peak().bytes() - mappedPlan, mappedPlan),
                plan.peak().name());
    }

    private static void report(StageResult result, StageFacts facts, StageContext context) {
        try {
            facts.write(result.artifact());
            RunPage.write(result.artifact(), null);
        } catch (IOException | UserError | IllegalStateException failed) {
            context.say("no report.html: " + failed.getMessage());
        }
    }
}
