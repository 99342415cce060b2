package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.export.Export;
import dev.trefoil.export.ExportResult;
import dev.trefoil.gguf.GgufFormat;
import java.io.PrintWriter;
import java.nio.file.Path;
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
        name = "export",
        mixinStandardHelpOptions = true,
        description = "Write a published or merged model, or adapters for one, as a GGUF file for llama.cpp.",
        footer = {
            "",
            "Examples:",
            "  trefoil export merged/sentiment --format q8_0 --out sentiment-q8_0.gguf",
            "  trefoil export .data/models/SmolLM2-135M-Instruct --adapter runs/sentiment/sft --out sft-lora.gguf"
        })
final class ExportCommand implements Callable<Integer> {

    /** Formats that can be written. */
    enum Format {
        F16,
        Q8_0,
        BF16,
        F32
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "Hugging Face folder: published, or made by trefoil merge.")
    private Path model;

    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description =
                    "Write these adapters for the model, and not the model: artifacts or folders of PEFT files, in the"
                            + " order of training. llama.cpp takes the file with --lora.")
    private List<Path> adapters = List.of();

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "With --adapter: base store that they were trained on, whose hash is compared.")
    private Path base;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "GGUF file to make.")
    private Path out;

    @Option(
            names = "--format",
            description = "Numbers of the model: ${COMPLETION-CANDIDATES} (f16). Adapters are always f32.")
    private Format format;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.existing(model, "the Hugging Face folder of a published or merged model");
        PhaseLines progress = new PhaseLines(spec.commandLine().getErr());
        if (adapters.isEmpty()) {
            if (base != null) {
                throw new UserError(ExitCode.USAGE, "--base: only with --adapter");
            }
            Format chosen = format == null ? Format.F16 : format;
            print(Export.model(model, out, GgufFormat.valueOf(chosen.name()), progress));
        } else {
            if (format != null) {
                throw new UserError(ExitCode.USAGE, "--format: not with --adapter; adapters are always f32");
            }
            adapters.forEach(adapter -> InputPath.folder(adapter, "an artifact or a folder of PEFT files"));
            if (base != null) {
                InputPath.folder(base, "a base store");
            }
            print(Export.adapter(model, adapters, base, out, progress));
        }
        return 0;
    }

    private void print(ExportResult result) {
        PrintWriter to = spec.commandLine().getOut();
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("file", result.file().toString());
            object.put("bytes", result.bytes());
            object.put("architecture", result.architecture());
            object.put("tensors", result.tensors());
            object.put("has_tokenizer", result.hasTokenizer());
            to.println(JsonOption.line(object));
        } else {
            to.println("exported: " + result.file() + " (" + Sizes.text(result.bytes()) + ", " + result.architecture()
                    + ", " + result.tensors() + " tensors)");
            if (adapters.isEmpty() && !result.hasTokenizer()) {
                to.println("no tokenizer in the folder: the file turns token ids into token ids, not text");
            }
        }
        to.flush();
    }
}
