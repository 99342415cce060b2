package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.bench.Bench;
import dev.trefoil.bench.BenchConfig;
import dev.trefoil.bench.BenchTable;
import dev.trefoil.bench.Measurement;
import dev.trefoil.bench.Work;
import dev.trefoil.config.ConfigReader;
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
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measure speed and memory of the stages' steps, of generation and of prefill, on built-in text.",
        footer = {
            "",
            "All keys: trefoil config explain bench. Memory is exact for the first work of a process.",
            "",
            "Examples:",
            "  trefoil bench sft --base bases/smollm2-135m-int8",
            "  trefoil bench all --base bases/smollm2-135m-int8 --repeats 3 --set sft.length=256 --json"
        })
final class BenchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "WORK",
            description = "sft, reward, ppo, generate, prefill, or all; several are measured one after the other.")
    private List<String> words;

    @Option(names = "--base", required = true, paramLabel = "DIR", description = "Base store.")
    private Path base;

    @Option(names = "--warmup", paramLabel = "N", description = "Steps or passes before those that count (1).")
    private Integer warmup;

    @Option(names = "--repeats", paramLabel = "N", description = "Steps or passes that are timed (5).")
    private Integer repeats;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Shapes and engine, such as sft.batch_size=2 or engine.compute=fp32; may be repeated.")
    private List<String> settings = List.of();

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        List<Work> works = Work.parse(words);
        BenchConfig config = ConfigReader.fromOverrides(allSettings(), BenchConfig.class);
        InputPath.folder(base, "a base store (trefoil prepare makes one)");
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            Bench.run(base, works, config, found -> print(out, JsonOption.line(found.toMap())));
            return ExitCode.DONE.value();
        }
        print(out, BenchTable.head());
        List<Measurement> all = Bench.run(base, works, config, found -> print(out, BenchTable.line(found)));
        print(out, BenchTable.foot(all.get(0)));
        return ExitCode.DONE.value();
    }

    private List<String> allSettings() {
        List<String> all = new ArrayList<>(settings);
        if (warmup != null) {
            all.add("warmup=" + warmup);
        }
        if (repeats != null) {
            all.add("repeats=" + repeats);
        }
        return all;
    }

    private static void print(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }
}
