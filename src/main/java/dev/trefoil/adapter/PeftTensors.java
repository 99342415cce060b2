package dev.trefoil.adapter;

import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the tensors of an adapter file are, checked against the base and the configuration.
 *
 * @param adapted sites with an A and a B, in the order of the base's sites
 * @param saved modules saved in full, without a place
 */
record PeftTensors(List<LinearSite> adapted, List<SavedModule> saved) {

    private static final Set<String> NUMBERS = Set.of("F32", "F16", "BF16");

    /** What the families call their embeddings and heads. */
    private static final Set<String> OUTER = Set.of(
            "embed_tokens", "embed_positions", "wte", "wpe", "embed_in", "word_embeddings", "lm_head", "embed_out");

    /** @throws UserError naming the first tensor that does not fit */
    static PeftTensors of(Path file, SafeTensorsFile tensors, LoraConfig config, List<LinearSite> sites) {
        Map<String, String> loraTensors = new HashMap<>();
        sites.forEach(site -> {
            loraTensors.put(PeftFiles.nameA(site.module()), site.module());
            loraTensors.put(PeftFiles.nameB(site.module()), site.module());
        });
        Set<String> modules = new LinkedHashSet<>();
        List<SavedModule> saved = new ArrayList<>();
        for (String name : tensors.names()) {
            SafeTensorsFile.Info info = tensors.info(name);
            if (!NUMBERS.contains(info.dtype())) {
                throw UserError.data(file + " " + name + ": found dtype " + info.dtype() + ", wanted F32, F16 or BF16");
            }
            if (loraTensors.containsKey(name)) {
                modules.add(loraTensors.get(name));
            } else {
                saved.add(savedModule(file, info, config, sites));
            }
        }
        List<LinearSite> adapted =
                sites.stream().filter(site -> modules.contains(site.module())).toList();
        adapted.forEach(site -> checkPair(file, tensors, config, site));
        return new PeftTensors(adapted, List.copyOf(saved));
    }

    private static void checkPair(Path file, SafeTensorsFile tensors, LoraConfig config, LinearSite site) {
        int rank = config.rank(site.module());
        checkShape(file, tensors, PeftFiles.nameA(site.module()), rank, site.columns());
        checkShape(file, tensors, PeftFiles.nameB(site.module()), site.rows(), rank);
    }

    private static void checkShape(Path file, SafeTensorsFile tensors, String name, int rows, int columns) {
        if (!tensors.has(name)) {
            String partner = name.contains(".lora_A.") ? "lora_B" : "lora_A";
            throw UserError.data(file + ": " + name + " is missing while its partner " + partner
                    + " is there; the file is incomplete: save the adapter again");
        }
        long[] wanted = {rows, columns};
        long[] found = tensors.info(name).shape();
        if (!Arrays.equals(found, wanted)) {
            throw UserError.contract(file + ": adapter for another base (or rank): " + name + " has shape "
                    + Arrays.toString(found) + ", this base and " + PeftConfig.FILE + " want " + Arrays.toString(wanted)
                    + "; give the base it was trained on");
        }
    }

    private static SavedModule savedModule(
            Path file, SafeTensorsFile.Info info, LoraConfig config, List<LinearSite> sites) {
        String name = info.name();
        String module = name.replaceFirst("^base_model\\.model\\.", "").replaceFirst("\\.weight$", "");
        Set<String> listed = new LinkedHashSet<>(config.modulesToSave());
        if (config.taskType() == TaskType.SEQ_CLS) {
            listed.addAll(PeftConfig.SEQ_CLS_HEADS);
        }
        if (!PeftFiles.nameSaved(module).equals(name)
                || listed.stream().noneMatch(entry -> TargetModules.endsWithName(module, entry))) {
            throw unknown(file, name, info.shape(), sites);
        }
        int hidden = sites.get(0).columns();
        if (info.shape().length != 2 || info.shape()[1] != hidden) {
            throw UserError.contract(
                    file + ": adapter for another base: " + name + " has shape " + Arrays.toString(info.shape())
                            + ", this base wants [outputs, " + hidden + "]; give the base it was trained on");
        }
        return SavedModule.shape(module, Math.toIntExact(info.shape()[0]), hidden);
    }

    private static UserError unknown(Path file, String name, long[] shape, List<LinearSite> sites) {
        if (name.contains("lora_magnitude_vector")) {
            return UserError.data(
                    file + ": " + name + ": DoRA is not read here; merge the adapter into its base with PEFT's "
                            + "merge_and_unload and prepare that");
        }
        String module = name.replaceFirst("^base_model\\.model\\.", "").replaceFirst("\\.(lora_.*|weight)$", "");
        if (OUTER.contains(module.substring(module.lastIndexOf('.') + 1))) {
            String what = name.contains("lora_")
                    ? ": LoRA on the embedding or the head is not read here"
                    : ": an embedding or head in full that modules_to_save of " + PeftConfig.FILE
                            + " does not list, as PEFT saves it when the vocabulary was resized; if it was not, save the"
                            + " adapter again with save_embedding_layers=False";
            return UserError.data(file + ": " + name + what + "; else merge the adapter into its base with PEFT's"
                    + " merge_and_unload and prepare that");
        }
        return UserError.contract(file + ": adapter for another base: " + name + " " + Arrays.toString(shape)
                + " belongs to no linear of this base; it has names such as "
                + PeftFiles.nameA(sites.get(0).module())
                + " (" + String.join(", ", TargetMatcher.leafNames(sites)) + "); give the base it was trained on");
    }

    /** A file from a failed save would otherwise pass as a smaller adapter. */
    void checkComplete(Path file, PeftConfig peft, List<LinearSite> sites) {
        LoraConfig config = peft.lora();
        if (config.taskType() == TaskType.SEQ_CLS && !saves("score")) {
            throw UserError.contract(file + ": a SEQ_CLS adapter without " + PeftFiles.nameSaved("score")
                    + ": its score head was not saved, so its scores would be random; save it again with the head");
        }
        if (config.taskType() == TaskType.CAUSAL_LM) {
            for (String listed : config.modulesToSave()) {
                if (!saves(listed)) {
                    throw missing(file, "modules_to_save", PeftFiles.nameSaved(listed));
                }
            }
        }
        if (adapted.isEmpty()) {
            throw UserError.data(file + ": holds no lora_A and lora_B; save the adapter again");
        }
        if (config.targetModules() != null && !peft.choosesLayers()) {
            for (LinearSite site : sites) {
                if (config.targets(site.module()) && !adapted.contains(site)) {
                    throw missing(file, "target_modules", PeftFiles.nameA(site.module()));
                }
            }
        }
    }

    private boolean saves(String listed) {
        return saved.stream().anyMatch(module -> TargetModules.endsWithName(module.name(), listed));
    }

    private static UserError missing(Path file, String key, String tensor) {
        return UserError.data(file + ": " + key + " of " + PeftConfig.FILE + " wants " + tensor
                + ", which is not there; the file is incomplete: save the adapter again");
    }

    /** Where layers were chosen, the targets become the modules' whole names, which mean the same without that choice. */
    LoraConfig exactTargets(PeftConfig peft) {
        if (!peft.choosesLayers()) {
            return peft.lora();
        }
        return peft.lora()
                .withTargets(TargetModules.names(
                        adapted.stream().map(LinearSite::module).toList()));
    }
}
