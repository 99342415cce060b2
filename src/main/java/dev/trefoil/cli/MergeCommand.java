package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.Bytes;
import dev.trefoil.merge.LogitGap;
import dev.trefoil.merge.Merge;
import dev.trefoil.merge.MergeOptions;
import dev.trefoil.merge.MergeResult;
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
import picocli.CommandLine.Spec;

@Command(
        name = "merge",
        mixinStandardHelpOptions = true,
        description = "Add adapters to the published 16- or 32-bit weights and write a Hugging Face folder.",
        footer = {
            "",
            "Example:",
            "  trefoil merge --base-source .data/models/SmolLM2-135M-Instruct --base bases/smollm2-135m-int8 \\",
            "      --adapter runs/sentiment/sft --adapter runs/sentiment/ppo --out merged/sentiment"
        })
final class MergeCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--base-source",
            required = true,
            paramLabel = "DIR",
            description = "Hugging Face folder that the base store was made from.")
    private Path source;

    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "DIR",
            description = "Artifact of a stage or folder of PEFT files; repeat it to stack, in the order of training.")
    private List<Path> adapters;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description =
                    "Base store that the adapters were trained on: its hash is compared, and its files with --base-source.")
    private Path base;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make.")
    private Path out;

    @Option(
            names = "--max-shard-size",
            paramLabel = "SIZE",
            defaultValue = "5GB",
            description = "Size of one weight file at most (${DEFAULT-VALUE}).")
    private String shardSize;

    @Option(names = "--text", paramLabel = "TEXT", description = "What logits are compared on (some English and code).")
    private String text = MergeOptions.TEXT;

    @Option(
            names = "--no-check",
            description = "Do not compare logits, which takes the model's size on disk several times while it runs.")
    private boolean unchecked;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        InputPath.existing(source, "the Hugging Face folder of the published model");
        adapters.forEach(adapter -> InputPath.folder(adapter, "an artifact or a folder of PEFT files"));
        if (base != null) {
            InputPath.folder(base, "a base store");
        }
        PrintWriter err = spec.commandLine().getErr();
        MergeResult result = Merge.run(
                new MergeOptions(source, adapters, base, out, shardBytes(), text, !unchecked), new PhaseLines(err));
        print(result, spec.commandLine().getOut());
        return 0;
    }

    private long shardBytes() {
        try {
            return Bytes.parse(shardSize).count();
        } catch (IllegalArgumentException wrong) {
            throw new UserError(ExitCode.USAGE, "--max-shard-size: " + wrong.getMessage());
        }
    }

    private void print(MergeResult result, PrintWriter to) {
        if (json.wanted()) {
            to.println(JsonOption.line(object(result)));
        } else {
            to.println("merged: " + result.folder() + " (" + Sizes.text(result.bytes()) + ", "
                    + result.files().size() + (result.files().size() == 1 ? " file" : " files") + ", " + result.merged()
                    + " linears changed" + (result.classifier() ? ", a sequence classifier" : "") + ")");
            result.gap().ifPresent(gap -> to.println(text(gap)));
            if (base == null) {
                to.println("not compared: which base the adapters were trained on; --base DIR does");
            }
        }
        to.flush();
    }

    private static String text(LogitGap gap) {
        String first = gap.what().equals("scores")
                ? ""
                : "; the same first token at " + gap.agreeing() + " of " + gap.tokens();
        return String.format(
                Locale.ROOT,
                "largest gap between adapter on and merged: %.2g of %s up to %.3g, %d positions%s",
                gap.largest(),
                gap.what(),
                gap.scale(),
                gap.tokens(),
                first);
    }

    private static Map<String, Object> object(MergeResult result) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("merged", result.folder().toString());
        object.put("files", result.files());
        object.put("weight_bytes", result.bytes());
        object.put("linears", result.merged());
        object.put("classifier", result.classifier());
        result.gap().ifPresent(gap -> {
            object.put("compared", gap.what());
            object.put("largest_gap", gap.largest());
            object.put("largest_magnitude", gap.scale());
            object.put("positions", gap.tokens());
            object.put("same_first_token", gap.agreeing());
        });
        return object;
    }
}
