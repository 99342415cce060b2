package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.Bytes;
import dev.trefoil.pipeline.MemoryAdvice;
import dev.trefoil.pipeline.TimeAdvice;
import dev.trefoil.plan.MemoryPlan;
import java.io.PrintWriter;
import java.nio.file.Path;
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

    @Option(
            names = "--time",
            description =
                    "Also tell how long a step takes here: opens the base and computes one block, the head and a few tokens.")
    private boolean time;

    @Mixin
    private SettingOptions settings;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.file(file, "a pipeline file or a stage's file");
        MemoryAdvice.Question question = new MemoryAdvice.Question(
                file, base, settings.all(), scale, Runtime.getRuntime().maxMemory());
        MemoryAdvice advice = MemoryAdvice.of(question);
        List<TimeAdvice.Estimate> times = time ? TimeAdvice.of(question) : List.of();
        PrintWriter out = spec.commandLine().getOut();
        for (int i = 0; i < advice.plans().size(); i++) {
            print(out, advice.plans().get(i), time ? times.get(i) : null);
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

    private void print(PrintWriter out, MemoryPlan plan, TimeAdvice.Estimate estimate) {
        if (json.wanted()) {
            Map<String, Object> map = plan.toMap();
            if (estimate != null) {
                map.put("step_seconds", estimate.stepSeconds());
                map.put("steps", estimate.steps());
            }
            out.println(JsonOption.line(map));
        } else {
            out.println(plan.toText() + (estimate == null ? "" : estimate.text() + "\n"));
        }
    }

    private static long parse(String size) {
        try {
            return Bytes.parse(size).count();
        } catch (IllegalArgumentException wrong) {
            throw new UserError(ExitCode.USAGE, "--memory: " + wrong.getMessage());
        }
    }
}
