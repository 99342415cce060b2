package dev.trefoil.cli;

import dev.trefoil.pipeline.StageKind;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "reward",
        mixinStandardHelpOptions = true,
        description = "Train a reward model on pairs of a better and a worse text.",
        footer = {
            "",
            "Example:",
            "  trefoil reward pipelines/quickstart/reward.yaml --base bases/quickstart --set train.epochs=2"
        })
final class RewardCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private StageOptions options;

    @Override
    public Integer call() {
        return options.run(StageKind.REWARD, spec);
    }
}
