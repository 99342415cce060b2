package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.pipeline.PipelineRun;
import dev.trefoil.pipeline.RecipeConfig;
import dev.trefoil.pipeline.Reproduction;
import dev.trefoil.pipeline.StageKind;
import dev.trefoil.report.page.Check;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "reproduce",
        mixinStandardHelpOptions = true,
        description = {
            "Do a published recipe again: fetch what is missing, run its stages, check what came out, write report.html.",
            "The exit code is 1 when a check fails. Finished stages are not run again."
        },
        footer = {
            "",
            "Examples:",
            "  trefoil reproduce quickstart",
            "  trefoil reproduce sentiment --scale small",
            "  trefoil reproduce sentiment --scale tiny --base bases/quickstart"
        })
final class ReproduceCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RECIPE", description = "Name in a pipeline folder's reproduce.yaml, such as sentiment.")
    private String recipe;

    @Option(names = "--scale", paramLabel = "NAME", description = "A scale of its pipeline: tiny, small or full.")
    private String scale;

    @Option(names = "--base", paramLabel = "DIR", description = "Another base store than the recipe's.")
    private Path base;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder of the run (runs/reproduce-RECIPE-SCALE if absent).")
    private Path out;

    @Option(
            names = "--from",
            paramLabel = "STAGE",
            description = "Run this stage (${COMPLETION-CANDIDATES}) and all after it again.")
    private StageKind from;

    @Option(names = "--resume", description = "Let an interrupted stage go on at its newest checkpoint.")
    private boolean resume;

    @Option(names = "--restart", description = "Delete the checkpoints of an interrupted run and begin anew.")
    private boolean restart;

    @Option(
            names = "--pipelines",
            paramLabel = "DIR",
            defaultValue = "pipelines",
            description = "Folder in which recipes are looked up (${DEFAULT-VALUE}).")
    private Path pipelines;

    @Mixin
    private SettingOptions settings;

    @Mixin
    private ReportToOption reportTo;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        RecipeConfig found = Reproduction.find(recipe, pipelines);
        List<String> overrides = new ArrayList<>(settings.all());
        if (!reportTo.wanted().isEmpty()) {
            overrides.add(reportTo.setting());
        }
        PipelineRun.Options how = new PipelineRun.Options(
                from,
                resume,
                restart,
                Path.of(""),
                CommandText.of(spec),
                ((Trefoil) spec.root().userObject()).stop());
        Reproduction.Outcome outcome =
                Reproduction.run(found, new Reproduction.Request(scale, base, out, overrides, how), System.err);
        print(outcome, spec.commandLine().getOut());
        return (outcome.passed() ? ExitCode.DONE : ExitCode.FAILED).value();
    }

    private void print(Reproduction.Outcome outcome, PrintWriter to) {
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("run", outcome.run().toString());
            object.put("report", outcome.report().toString());
            object.put("passed", outcome.passed());
            object.put("checks", outcome.checks());
            to.println(JsonOption.line(object));
        } else {
            for (Check check : outcome.checks()) {
                String result =
                        switch (check.outcome()) {
                            case PASSED -> "passed";
                            case FAILED -> "FAILED";
                            case NOT_ASKED -> "not asked at this scale";
                        };
                to.println(check.name() + ": " + result + "; found " + check.found() + "; wanted " + check.wanted());
            }
            to.println("report: " + outcome.report());
        }
        to.flush();
    }
}
