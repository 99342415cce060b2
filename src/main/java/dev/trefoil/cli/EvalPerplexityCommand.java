package dev.trefoil.cli;

import dev.trefoil.config.ConfigReader;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.Samples;
import dev.trefoil.eval.Perplexity;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.stage.sft.SftLoss;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.Packed;
import dev.trefoil.token.Packing;
import dev.trefoil.token.PackingConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "perplexity",
        mixinStandardHelpOptions = true,
        description = "Negative log-likelihood and perplexity of texts, or of completions after their prompts.",
        footer = {
            "",
            "Example:",
            "  trefoil eval perplexity --base bases/quickstart --data pipelines/quickstart/data/reviews-heldout.jsonl"
        })
final class EvalPerplexityCommand implements Callable<Integer> {

    /** The sections of a stage file that say which texts and which rows. */
    public record Question(
            @Required @Doc("Texts, or prompts with completions.")
            DataConfig data,

            @Doc("How texts become rows of tokens.") PackingConfig packing) {

        public static Question defaults() {
            return new Question(null, PackingConfig.defaults().withLength(512));
        }
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private RoleOptions roles;

    @Option(names = "--data", paramLabel = "FILE", description = "Data file; same as --set data.path=FILE.")
    private Path file;

    @Mixin
    private SettingOptions settings;

    @Option(names = "--batch-size", defaultValue = "4", description = "Rows at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        List<String> keys = new ArrayList<>();
        if (file != null) {
            InputPath.file(file, "a data file");
            keys.add("data.path=" + JsonOption.line(file.toString()));
        }
        keys.addAll(settings.all());
        Question question = ConfigReader.fromOverrides(keys, Question.class);
        try (SharedBase base = roles.open();
                Role role = roles.role(base)) {
            Packed packed = Packing.pack(
                            base.tokenizer(),
                            Samples.training(
                                            question.data(),
                                            Path.of(""),
                                            ChatRendering.of(
                                                    base.folder(),
                                                    base.tokenizer(),
                                                    question.data().chat()))
                                    .samples(),
                            question.packing())
                    .requireRows();
            Perplexity found = SftLoss.evaluate(role, packed.rows(), batchSize);
            PrintWriter out = spec.commandLine().getOut();
            if (json.wanted()) {
                out.println(JsonOption.line(found.toMap()));
            } else {
                out.print(found.toText());
            }
            out.flush();
        }
        return 0;
    }
}
