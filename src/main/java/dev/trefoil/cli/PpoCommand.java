package dev.trefoil.cli;

import dev.trefoil.pipeline.StageKind;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "ppo",
        mixinStandardHelpOptions = true,
        description = "Train an adapter by PPO towards a reward model.",
        footer = {"", "Example:", "  trefoil ppo mine.yaml --set sft=runs/mine/sft --set reward.model=lexicon-sentiment"
        })
final class PpoCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private StageOptions options;

    @Override
    public Integer call() {
        return options.run(StageKind.PPO, spec);
    }
}
