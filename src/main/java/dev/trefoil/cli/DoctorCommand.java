package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.doctor.Finding;
import dev.trefoil.pipeline.Examination;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Examine a pipeline or a stage before it runs: data, settings, memory, and a few rows through the model.",
        footer = {
            "",
            "Examples:",
            "  trefoil doctor pipelines/quickstart/pipeline.yaml",
            "  trefoil doctor pipelines/quickstart/sft.yaml --base bases/quickstart --set doctor.end_tokens=stop"
        })
final class DoctorCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE.yaml", description = "A pipeline file or a stage's file.")
    private Path file;

    @Option(names = "--base", paramLabel = "DIR", description = "Base store, in place of the file's.")
    private Path base;

    @Option(names = "--scale", paramLabel = "NAME", description = "One of the pipeline's scales.")
    private String scale;

    @Mixin
    private SettingOptions settings;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.file(file, "a pipeline file or a stage's file");
        List<Examination.Examined> stages = Examination.of(file, base, settings.all(), scale, System.err);
        PrintWriter out = spec.commandLine().getOut();
        for (Examination.Examined stage : stages) {
            print(stage, out);
        }
        out.flush();
        boolean refused = stages.stream().anyMatch(stage -> stage.doctor().refuses());
        return (refused ? ExitCode.REFUSED : ExitCode.DONE).value();
    }

    private void print(Examination.Examined stage, PrintWriter out) {
        for (String rule : stage.doctor().passed()) {
            out.println(json.wanted() ? line(stage.stage(), rule, "ok", "") : stage.stage() + ": ok    " + rule);
        }
        for (Finding finding : stage.doctor().findings()) {
            String severity = finding.severity().name().toLowerCase(Locale.ROOT);
            out.println(
                    json.wanted()
                            ? line(stage.stage(), finding.advice().name(), severity, finding.found())
                            : String.format(
                                    "%s: %-5s %s: %s",
                                    stage.stage(), severity, finding.advice().name(), finding.found()));
        }
    }

    private static String line(String stage, String rule, String result, String found) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("stage", stage);
        object.put("rule", rule);
        object.put("result", result);
        object.put("found", found);
        return JsonOption.line(object);
    }
}
