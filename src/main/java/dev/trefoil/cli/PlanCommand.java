package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.Bytes;
import dev.trefoil.pipeline.MemoryAdvice;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        description =
                "Compute the memory of a stage or pipeline, part by part and moment by moment, before any weight is read.",
        footer = {
            "",
            "Examples:",
            "  trefoil plan pipelines/quickstart/pipeline.yaml",
            "  trefoil plan pipelines/sentiment-smollm2/sft.yaml --base bases/smollm2-135m-int8 --memory 2GiB"
        })
final class PlanCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE.yaml", description = "A pipeline file or a stage's file.")
    private Path file;

    @Option(names = "--base", paramLabel = "DIR", description = "Base store, in place of the file's.")
    private Path base;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "Say whether it fits in so much, such as 24GiB, and if not, what to change; then the exit code is 4.")
    private String memory;

    @Option(names = "--scale", paramLabel = "NAME", description = "One of the pipeline's scales.")
    private String scale;

    @Mixin
    private SettingOptions settings;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.file(file, "a pipeline file or a stage's file");
        MemoryAdvice advice = MemoryAdvice.of(new MemoryAdvice.Question(
                file, base, settings.all(), scale, Runtime.getRuntime().maxMemory()));
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            advice.plans().forEach(plan -> out.println(JsonOption.line(plan.toMap())));
        } else {
            advice.plans().forEach(plan -> out.println(plan.toText()));
        }
        boolean fits = true;
        if (memory != null) {
            long limit = parse(memory);
            fits = advice.fits(limit);
            if (!json.wanted()) {
                out.println(advice.verdict(limit));
            }
        }
        out.flush();
        return (fits ? ExitCode.DONE : ExitCode.REFUSED).value();
    }

    private static long parse(String size) {
        try {
            return Bytes.parse(size).count();
        } catch (IllegalArgumentException wrong) {
            throw new UserError(ExitCode.USAGE, "--memory: " + wrong.getMessage());
        }
    }
}
