package dev.trefoil.cli;

import dev.trefoil.config.ConfigReader;
import dev.trefoil.stage.pretrain.PretrainConfig;
import dev.trefoil.stage.pretrain.PretrainStage;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "pretrain",
        mixinStandardHelpOptions = true,
        description =
                "Train a small LLaMA or GPT-2 and its tokenizer from scratch; prepare makes a base store of the result.",
        footer = {"", "Example:", "  trefoil pretrain --out pipelines/quickstart/base"})
final class PretrainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE.yaml",
            description = "Shape, data and steps; without it the model of the quickstart.")
    private Path file;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Hugging Face folder to make.")
    private Path out;

    @Mixin
    private SettingOptions settings;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        PretrainConfig config = file == null
                ? ConfigReader.fromOverrides(settings.all(), PretrainConfig.class)
                : ConfigReader.read(
                        InputPath.file(file, "a file of the pretrain command"), settings.all(), PretrainConfig.class);
        StageContext context = StageContext.of(new RunFolder(out), System.err, false);
        StageResult result = new PretrainStage().run(context, config, out);
        PrintWriter to = spec.commandLine().getOut();
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("model", out.toString());
            object.put("metrics", result.metrics());
            to.println(JsonOption.line(object));
        } else {
            result.summaryLines().forEach(to::println);
            to.println("model: " + out + "; next: trefoil prepare " + out + " --out bases/NAME");
        }
        to.flush();
        return 0;
    }
}
