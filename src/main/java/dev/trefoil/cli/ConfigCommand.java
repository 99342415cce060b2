package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.bench.BenchConfig;
import dev.trefoil.config.ConfigExplain;
import dev.trefoil.pipeline.PipelineConfig;
import dev.trefoil.pipeline.StageKind;
import dev.trefoil.stage.pretrain.PretrainConfig;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description = "Explain configuration files.",
        subcommands = ConfigCommand.Explain.class,
        footer = {"", "Example:", "  trefoil config explain ppo ppo.kl"})
final class ConfigCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what about it? known: explain");
    }

    @Command(
            name = "explain",
            mixinStandardHelpOptions = true,
            description = "Print every key with its type, range, default and meaning.",
            footer = {"", "Example:", "  trefoil config explain ppo ppo.kl"})
    static final class Explain implements Callable<Integer> {

        @Spec
        private CommandSpec spec;

        @Parameters(
                index = "0",
                paramLabel = "FILE-KIND",
                description = "pipeline, sft, reward, ppo, pretrain or bench.")
        private String kind;

        @Parameters(index = "1", arity = "0..1", paramLabel = "KEY", description = "Only this key and those below.")
        private String key = "";

        @Override
        public Integer call() {
            Map<String, Class<? extends Record>> types = new LinkedHashMap<>();
            types.put("pipeline", PipelineConfig.class);
            for (StageKind stage : StageKind.values()) {
                types.put(stage.key(), stage.configType());
            }
            types.put("pretrain", PretrainConfig.class);
            types.put("bench", BenchConfig.class);
            Class<? extends Record> type = types.get(kind);
            if (type == null) {
                throw new UserError(
                        ExitCode.USAGE, kind + ": no such kind of file; known: " + String.join(", ", types.keySet()));
            }
            PrintWriter out = spec.commandLine().getOut();
            out.print(ConfigExplain.text(type, key));
            out.flush();
            return 0;
        }
    }
}
