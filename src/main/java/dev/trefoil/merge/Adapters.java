package dev.trefoil.merge;

import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.SavedModule;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.BaseConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The adapters to merge, lowest first, checked against the published model.
 *
 * @param stack all of them
 * @param head the LM head that the last adapter with one carries in full
 * @param score the score head, when the last adapter is a sequence classifier's
 */
public record Adapters(List<LoraAdapter> stack, Optional<Saved> head, Optional<Saved> score) {

    private static final List<String> SCORES = List.of("score", "classifier");

    private static final String HUGGING_FACE = "huggingface";

    /** A module that an adapter holds in full. */
    public record Saved(LoraAdapter adapter, SavedModule module) {

        float[] values() {
            float[] values = new float[module.length()];
            adapter.savedValues(module.name()).get(values);
            return values;
        }
    }

    /** One adapter's factors of a linear. */
    record Factors(LoraAdapter adapter, LoraModule module) {}

    /**
     * Reads the adapters.
     *
     * @param folders artifacts of stages or folders of PEFT files, in the order of training
     * @param base the base store that they were trained on; null when it is not at hand
     * @throws UserError when one is for another base, misses the one below it, or holds what cannot be merged
     */
    public static Adapters read(List<Path> folders, PublishedCheckpoint source, Path base) throws IOException {
        BaseConfig trainedOn = base == null ? null : trainedOn(base, source);
        List<LinearSite> sites = source.sites();
        List<LoraAdapter> stack = new ArrayList<>();
        List<String> given = new ArrayList<>();
        for (Path folder : folders) {
            Path peft = folder;
            if (Artifact.exists(folder)) {
                Artifact artifact = Artifact.open(folder);
                if (trainedOn != null) {
                    artifact.requireBase(trainedOn.baseHash(), base.toString());
                }
                requireBelow(artifact, given);
                given.add(artifact.hash());
                peft = artifact.adapter();
            }
            stack.add(PeftFiles.read(peft, sites, "adapter-" + (stack.size() + 1)));
        }
        return of(stack, source, folders);
    }

    private static BaseConfig trainedOn(Path base, PublishedCheckpoint source) throws IOException {
        BaseConfig config = BaseConfig.read(base);
        if (!config.source().kind().equals(HUGGING_FACE)) {
            // A store made from a GGUF file has no published files to compare; the model's sizes are what is left.
            if (!config.shape().equals(source.config().shape())) {
                throw UserError.contract(source.folder() + ": is another model than base " + base + ": found "
                        + source.config().shape() + ", wanted " + config.shape());
            }
            return config;
        }
        Map<String, String> wanted = config.source().files();
        Map<String, String> found = source.hashes();
        wanted.forEach((file, hash) -> {
            if (!hash.equals(found.get(file))) {
                throw UserError.contract(source.folder() + ": " + file + " is not the file that base " + base
                        + " was made from (" + config.source().kind() + " "
                        + config.source().description() + "): found "
                        + (found.containsKey(file) ? "other content" : "no such file") + "; give that model's folder");
            }
        });
        return config;
    }

    /** A ppo adapter says nothing without the sft adapter that it was trained over. */
    private static void requireBelow(Artifact artifact, List<String> given) {
        for (Map.Entry<String, String> parent : artifact.manifest().parents().entrySet()) {
            if (!parent.getKey().equals(Manifest.REWARD) && !given.contains(parent.getValue())) {
                throw UserError.contract(artifact.folder() + ": was trained over the " + parent.getKey()
                        + " artifact " + parent.getValue().substring(0, 12)
                        + ", which is not among the adapters before it; give it first, such as --adapter "
                        + artifact.folder().resolveSibling(parent.getKey()) + " --adapter " + artifact.folder());
            }
        }
    }

    private static Adapters of(List<LoraAdapter> stack, PublishedCheckpoint source, List<Path> folders) {
        Saved head = null;
        Saved score = null;
        for (int i = 0; i < stack.size(); i++) {
            LoraAdapter adapter = stack.get(i);
            for (SavedModule module : adapter.savedModules()) {
                if (SCORES.contains(module.name())) {
                    score = new Saved(adapter, module);
                } else if (source.family().headModules().contains(module.name())) {
                    head = new Saved(adapter, module);
                } else {
                    throw UserError.data(folders.get(i) + ": holds " + module.name()
                            + " in full (modules_to_save), wanted at most the heads "
                            + source.family().head() + " and score; merge it with PEFT's merge_and_unload");
                }
            }
        }
        if (score != null && score.adapter() != stack.get(stack.size() - 1)) {
            throw UserError.contract("the adapters: the one with a score head is not the last; a sequence classifier's"
                    + " adapter is merged alone, or over those it was trained on");
        }
        return new Adapters(stack, Optional.ofNullable(head), Optional.ofNullable(score));
    }

    /** The factors of every adapted linear, by its published name, lowest adapter first. */
    Map<String, List<Factors>> bySite() {
        Map<String, List<Factors>> factors = new LinkedHashMap<>();
        for (LoraAdapter adapter : stack) {
            for (LoraModule module : adapter.modules()) {
                factors.computeIfAbsent(module.site().module(), name -> new ArrayList<>())
                        .add(new Factors(adapter, module));
            }
        }
        return factors;
    }
}
