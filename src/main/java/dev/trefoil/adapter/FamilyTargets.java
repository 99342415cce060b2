package dev.trefoil.adapter;

import dev.trefoil.UserError;
import java.util.List;
import java.util.TreeMap;

/** The linears that PEFT adapts when none are named, by the family of the base (PEFT 0.21). */
final class FamilyTargets {

    private static final List<String> QUERY_AND_VALUE = List.of("q_proj", "v_proj");
    private static final TreeMap<String, List<String>> TARGETS = targets();

    private FamilyTargets() {}

    static TargetModules of(String modelType) {
        List<String> names = TARGETS.get(modelType);
        if (names == null) {
            throw UserError.data("target_modules: no default is known for model type \"" + modelType + "\" (known: "
                    + String.join(", ", TARGETS.keySet()) + "); name the modules, or write \"all-linear\"");
        }
        return TargetModules.names(names);
    }

    /** GPT-2's Conv1D keeps its weights as [in, out]; PEFT wants that said in the adapter's configuration. */
    static boolean fanInFanOut(String modelType) {
        return "gpt2".equals(modelType);
    }

    private static TreeMap<String, List<String>> targets() {
        TreeMap<String, List<String>> targets = new TreeMap<>();
        for (String family : List.of("llama", "mistral", "qwen2", "qwen3", "opt", "gemma", "gemma2")) {
            targets.put(family, QUERY_AND_VALUE);
        }
        // PEFT knows no default for it; its linears are LLaMA's.
        targets.put("smollm3", QUERY_AND_VALUE);
        targets.put("gpt_neox", List.of("query_key_value"));
        targets.put("bloom", List.of("query_key_value"));
        targets.put("gpt2", List.of("c_attn"));
        return targets;
    }
}
