package dev.trefoil.cli;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of commands that look at the base through adapters. */
final class RoleOptions {

    @Option(names = "--base", required = true, paramLabel = "DIR", description = "Base store.")
    private Path base;

    @Option(
            names = "--adapter",
            paramLabel = "DIR[=WEIGHT]",
            converter = WeightedPath.Converter.class,
            description = {
                "Artifact of a stage or folder of PEFT files; repeat it to stack, in the order of training.",
                "A weight multiplies what the adapter changes."
            })
    private List<WeightedPath> adapters = List.of();

    @Option(
            names = "--engine",
            paramLabel = "KEY=VALUE",
            description = "How the base computes, such as compute=fp32; keys: trefoil config explain sft engine.")
    private List<String> engine = List.of();

    SharedBase open() {
        InputPath.folder(base, "a base store (trefoil prepare makes one)");
        adapters.forEach(adapter -> InputPath.folder(adapter.path(), "an artifact or a folder of PEFT files"));
        return SharedBase.open(base, ConfigReader.fromOverrides(engine, EngineConfig.class));
    }

    /** The base through all adapters that were given. */
    Role role(SharedBase shared) {
        List<LoraAdapter> stack = new ArrayList<>();
        List<String> given = new ArrayList<>();
        for (int i = 0; i < adapters.size(); i++) {
            Path folder = adapters.get(i).path();
            Path peft = folder;
            if (Artifact.exists(folder)) {
                Artifact artifact = Artifact.open(folder).requireBase(shared.hash(), base.toString());
                requireBelow(artifact, given);
                given.add(artifact.hash());
                peft = artifact.adapter();
            }
            LoraAdapter adapter = PeftFiles.read(peft, shared.sites(), "adapter-" + (i + 1));
            stack.add(adapter.weighted(adapters.get(i).weight()));
        }
        return Role.of(shared, AdapterStack.of(shared.sites(), stack, false));
    }

    /** A ppo adapter says nothing without the sft adapter that it was trained over. */
    private static void requireBelow(Artifact artifact, List<String> given) {
        for (Map.Entry<String, String> parent : artifact.manifest().parents().entrySet()) {
            boolean stacked = !parent.getKey().equals(Manifest.REWARD);
            if (stacked && !given.contains(parent.getValue())) {
                throw UserError.contract(artifact.folder() + ": was trained over the " + parent.getKey()
                        + " artifact " + parent.getValue().substring(0, 12)
                        + ", which is not among the adapters before it; give it first, such as --adapter "
                        + artifact.folder().resolveSibling(parent.getKey()) + " --adapter " + artifact.folder());
            }
        }
    }
}
