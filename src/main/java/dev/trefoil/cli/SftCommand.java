package dev.trefoil.cli;

import dev.trefoil.pipeline.StageKind;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "sft",
        mixinStandardHelpOptions = true,
        description = "Fine-tune an adapter on texts, or on prompts with completions.",
        footer = {
            "",
            "Example:",
            "  trefoil sft pipelines/quickstart/sft.yaml --base bases/quickstart --out runs/mine/sft"
        })
final class SftCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private StageOptions options;

    @Override
    public Integer call() {
        return options.run(StageKind.SFT, spec);
    }
}
