package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.hub.ModelId;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareResult;
import dev.trefoil.prepare.RandomModel;
import dev.trefoil.prepare.SyntheticBase;
import dev.trefoil.quant.Precision;
import java.io.PrintWriter;
import java.nio.file.Files;
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
        name = "prepare",
        mixinStandardHelpOptions = true,
        description = "Make a base store (the frozen 8-bit model that all stages share) from a published model.",
        footer = {
            "",
            "Example:",
            "  trefoil prepare .data/models/SmolLM2-135M-Instruct --out bases/smollm2-135m-int8",
            "  trefoil prepare HuggingFaceTB/SmolLM2-135M-Instruct --out bases/smollm2-135m-int8",
            "  trefoil prepare --synthetic gpt-neox-20b --out bases/neox-20b-synthetic"
        })
final class PrepareCommand implements Callable<Integer> {

    private static final long SEED = 1;

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "SOURCE",
            description =
                    "Hugging Face folder (config.json, *.safetensors, tokenizer.json), a GGUF file, or a model's id on the"
                            + " hub: ORG/NAME[@REVISION].")
    private Path source;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.")
    private Path out;

    @Option(
            names = "--precision",
            defaultValue = "int8",
            description = "Linears of the blocks: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Precision precision;

    @Option(
            names = "--embeddings",
            defaultValue = "auto",
            description = "Embedding and head: ${COMPLETION-CANDIDATES}; auto is fp32 beside fp32, else bf16.")
    private PrepareOptions.Embeddings embeddings;

    @Option(
            names = "--random",
            description =
                    "SOURCE is a config.json alone: make a small model of that shape with random weights, for trying.")
    private boolean random;

    @Option(
            names = "--synthetic",
            paramLabel = "SHAPE",
            description =
                    "No SOURCE: make a base of a published model's shape with random weights, straight on the disk, to measure"
                            + " time and memory: gpt-neox-20b (19.7 GiB), llama-7b (6.5), bloom-3b (3.4), llama-3.2-1b (1.4).")
    private String synthetic;

    @Option(
            names = "--layers",
            paramLabel = "N",
            description = "With --synthetic: so many layers instead of the published model's.")
    private Integer layers;

    @Option(names = "--overwrite", description = "Replace a base store under the same name.")
    private boolean overwrite;

    @Mixin
    private HubOptions hub;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        if (synthetic != null) {
            return synthetic();
        }
        if (source == null) {
            throw new UserError(
                    ExitCode.USAGE, "SOURCE: is missing; name a folder, a file or a hub id, or --synthetic");
        }
        if (layers != null) {
            throw new UserError(ExitCode.USAGE, "--layers: goes with --synthetic only");
        }
        if (!random && isHubId()) {
            return fromHub(ModelId.parse(source.toString()));
        }
        InputPath.existing(source, "a Hugging Face folder or a GGUF file");
        PrintWriter err = spec.commandLine().getErr();
        PrepareOptions options = new PrepareOptions(precision, embeddings, overwrite);
        PrepareResult result = random
                ? RandomModel.prepare(source, SEED, out, options)
                : Prepare.run(source, out, options, new PhaseLines(err));
        print(result, spec.commandLine().getOut());
        return 0;
    }

    private int synthetic() {
        if (source != null || random) {
            throw new UserError(ExitCode.USAGE, "--synthetic: takes no SOURCE and no --random");
        }
        if (layers != null && layers < 1) {
            throw new UserError(ExitCode.USAGE, "--layers: found " + layers + ", wanted at least 1");
        }
        PrepareOptions options = new PrepareOptions(precision, embeddings, overwrite);
        PhaseLines lines = new PhaseLines(spec.commandLine().getErr());
        print(
                SyntheticBase.prepare(synthetic, layers, SEED, out, options, lines),
                spec.commandLine().getOut());
        return 0;
    }

    /** A path whose first folder is there is a mistyped path, not an id. */
    private boolean isHubId() {
        return !Files.exists(source) && ModelId.fits(source.toString()) && !Files.exists(source.getName(0));
    }

    private int fromHub(ModelId id) {
        PrintWriter err = spec.commandLine().getErr();
        if (Files.exists(out) && !overwrite) {
            throw UserError.data(out + ": exists already; choose another --out, or give --overwrite");
        }
        Path fetched = hub.fetch(id, err).path();
        PrepareOptions options = new PrepareOptions(precision, embeddings, overwrite);
        print(
                Prepare.run(fetched, id.toString(), out, options, new PhaseLines(err)),
                spec.commandLine().getOut());
        return 0;
    }

    private void print(PrepareResult result, PrintWriter to) {
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("base", result.folder().toString());
            object.put("base_hash", result.config().baseHash());
            object.put("weight_bytes", result.weightBytes());
            object.put("ignored", result.ignored());
            object.put("has_tokenizer", result.hasTokenizer());
            to.println(JsonOption.line(object));
        } else {
            to.println("prepared: " + result.folder() + " (" + Sizes.text(result.weightBytes()) + ", "
                    + result.config().baseHash() + ")");
            if (!result.ignored().isEmpty()) {
                to.println("left out: " + result.ignored().size() + " tensors that are computed anew, such as "
                        + result.ignored().get(0));
            }
            if (!result.hasTokenizer()) {
                to.println(
                        "no tokenizer in the source: put its tokenizer.json there and prepare again to train on text");
            }
        }
        to.flush();
    }
}
