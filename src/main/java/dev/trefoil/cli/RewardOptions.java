package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.builtin.LearnedReward;
import dev.trefoil.reward.builtin.RewardModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of commands that ask a reward model. */
final class RewardOptions {

    private static final Path FOLDER = Path.of("reward-models");

    @Option(
            names = "--reward",
            required = true,
            paramLabel = "NAME-OR-PATH",
            description = "Name in reward-models/, path of a reward.yaml, or artifact of a reward stage.")
    private String reward;

    @Option(
            names = "--base",
            paramLabel = "DIR",
            description = "Base store, which the artifact of a reward stage needs.")
    private Path base;

    @Option(
            names = "--engine",
            paramLabel = "KEY=VALUE",
            description = "How the base computes, such as compute=fp32; keys: trefoil config explain reward engine.")
    private List<String> engine = List.of();

    /** A reward model, and the base under it, if it has one. */
    record Opened(RewardModel model, SharedBase base) implements AutoCloseable {

        @Override
        public void close() {
            model.close();
            if (base != null) {
                base.close();
            }
        }
    }

    Opened open() {
        if (base == null) {
            if (Artifact.exists(Path.of(reward))) {
                throw new UserError(
                        ExitCode.USAGE, reward + ": is the artifact of a reward stage; --base DIR is wanted with it");
            }
            return new Opened(RewardModels.in(folder()).open(reward), null);
        }
        InputPath.folder(base, "a base store (trefoil prepare makes one)");
        SharedBase shared = SharedBase.open(base, ConfigReader.fromOverrides(engine, EngineConfig.class));
        try {
            return new Opened(
                    RewardModels.in(folder(), LearnedReward.opener(shared)).open(reward), shared);
        } catch (RuntimeException fault) {
            shared.close();
            throw fault;
        }
    }

    /** The folder of the reward model, where its golden.jsonl lies. */
    Path home() {
        return RewardModels.in(folder()).folderOf(reward);
    }

    /** The working folder's own reward models, else those that come with the program. */
    static Path folder() {
        String home = System.getProperty("trefoil.home");
        return Files.isDirectory(FOLDER) || home == null
                ? FOLDER
                : Path.of(home).resolve(FOLDER);
    }
}
