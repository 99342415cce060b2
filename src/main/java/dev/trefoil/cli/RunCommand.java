package dev.trefoil.cli;

import dev.trefoil.pipeline.Pipeline;
import dev.trefoil.pipeline.PipelineRun;
import dev.trefoil.pipeline.PipelineSummary;
import dev.trefoil.pipeline.StageKind;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Run the stages of a pipeline in order over one base; finished stages are skipped.",
        footer = {
            "",
            "Examples:",
            "  trefoil run pipelines/quickstart/pipeline.yaml",
            "  trefoil run pipelines/sentiment-smollm2/pipeline.yaml --scale small --set ppo.ppo.steps=10 --from ppo"
        })
final class RunCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "PIPELINE.yaml", description = "The pipeline file.")
    private Path file;

    @Option(names = "--scale", paramLabel = "NAME", description = "One of the file's scales, such as small.")
    private String scale;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder of the run, in place of the file's.")
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

    @Mixin
    private SettingOptions settings;

    @Mixin
    private ReportToOption reportTo;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.file(file, "a pipeline file");
        List<String> overrides = new ArrayList<>(settings.all());
        if (!reportTo.wanted().isEmpty()) {
            overrides.add(reportTo.setting());
        }
        Pipeline pipeline = Pipeline.load(file, overrides, scale, out);
        PipelineRun.Options options = new PipelineRun.Options(
                from,
                resume,
                restart,
                Path.of(""),
                CommandText.of(spec),
                ((Trefoil) spec.root().userObject()).stop());
        List<PipelineRun.Finished> finished = PipelineRun.run(pipeline, options, System.err);
        PrintWriter to = spec.commandLine().getOut();
        if (json.wanted()) {
            to.println(JsonOption.line(PipelineSummary.map(pipeline, finished)));
        } else {
            to.print(PipelineSummary.text(pipeline, finished));
        }
        to.flush();
        return 0;
    }
}
