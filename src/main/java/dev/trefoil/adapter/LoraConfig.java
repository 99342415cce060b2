package dev.trefoil.adapter;

import dev.trefoil.UserError;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A LoRA adapter's settings, with PEFT's meaning. Biases are never trained.
 *
 * @param r rank
 * @param alpha numerator of the scaling
 * @param dropout probability of dropping an entry of a LoRA input, in [0, 1)
 * @param targetModules the linears to adapt, or null for the family's default
 * @param excludeModules linears to leave out after all, or null
 * @param rsLora whether the scaling is alpha/sqrt(rank) (Kalajdzievski 2023) in place of alpha/rank
 * @param rankPattern ranks that differ from {@code r}, by name or regular expression for a name's end
 * @param alphaPattern the same for {@code alpha}
 * @param modulesToSave modules trained in full and saved with the adapter, such as {@code lm_head}
 * @param taskType what the adapted model does
 * @param fanInFanOut whether the published base stores its linears as [in, out] (GPT-2); only passed on to PEFT
 */
public record LoraConfig(
        int r,
        double alpha,
        double dropout,
        TargetModules targetModules,
        TargetModules excludeModules,
        boolean rsLora,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern,
        List<String> modulesToSave,
        TaskType taskType,
        boolean fanInFanOut) {

    public LoraConfig {
        check(r >= 1, "r", "at least 1", r);
        check(alpha > 0 && Double.isFinite(alpha), "alpha", "above 0", alpha);
        check(dropout >= 0 && dropout < 1, "dropout", "in [0, 1)", dropout);
        rankPattern = rankPattern == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
        alphaPattern = alphaPattern == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
        modulesToSave = modulesToSave == null ? List.of() : List.copyOf(modulesToSave);
        taskType = taskType == null ? TaskType.CAUSAL_LM : taskType;
        rankPattern.forEach((key, rank) -> check(rank >= 1, "rank_pattern " + key, "at least 1", rank));
        alphaPattern.forEach((key, value) -> check(value > 0, "alpha_pattern " + key, "above 0", value));
        rankPattern.keySet().forEach(TargetModules::checkPattern);
        alphaPattern.keySet().forEach(TargetModules::checkPattern);
    }

    /** Rank 16, alpha 32, dropout 0.05, the family's default targets: the settings of the blogs on RLHF with PEFT and TRL. */
    public static LoraConfig defaults() {
        return of(16, 32, 0.05, null);
    }

    /** Settings without any of the rarer ones. */
    public static LoraConfig of(int r, double alpha, double dropout, TargetModules targetModules) {
        return new LoraConfig(
                r,
                alpha,
                dropout,
                targetModules,
                null,
                false,
                Map.of(),
                Map.of(),
                List.of(),
                TaskType.CAUSAL_LM,
                false);
    }

    /**
     * The settings with the family's defaults in the places left open.
     *
     * @param modelType {@code model_type} of the published configuration, such as {@code llama}
     */
    public LoraConfig forFamily(String modelType) {
        TargetModules targets = targetModules != null ? targetModules : FamilyTargets.of(modelType);
        boolean transposed = fanInFanOut || FamilyTargets.fanInFanOut(modelType);
        return new LoraConfig(
                r,
                alpha,
                dropout,
                targets,
                excludeModules,
                rsLora,
                rankPattern,
                alphaPattern,
                modulesToSave,
                taskType,
                transposed);
    }

    /** The same settings for other linears. */
    public LoraConfig withTargets(TargetModules targets) {
        return new LoraConfig(
                r,
                alpha,
                dropout,
                targets,
                excludeModules,
                rsLora,
                rankPattern,
                alphaPattern,
                modulesToSave,
                taskType,
                fanInFanOut);
    }

    /** The same settings for another task and other modules trained in full. */
    public LoraConfig withTask(TaskType task, List<String> saved) {
        return new LoraConfig(
                r,
                alpha,
                dropout,
                targetModules,
                excludeModules,
                rsLora,
                rankPattern,
                alphaPattern,
                saved,
                task,
                fanInFanOut);
    }

    /** The same over a base that stores its linears as [in, out]. */
    LoraConfig withFanInFanOut() {
        return new LoraConfig(
                r,
                alpha,
                dropout,
                targetModules,
                excludeModules,
                rsLora,
                rankPattern,
                alphaPattern,
                modulesToSave,
                taskType,
                true);
    }

    /** Whether a module is among the targets and not excluded. */
    public boolean targets(String module) {
        return targetModules.matches(module) && (excludeModules == null || !excludeModules.matches(module));
    }

    /** The rank of one module. */
    public int rank(String module) {
        return byPattern(rankPattern, module, r);
    }

    /** What the product B A of one module is multiplied by. */
    public double scaling(String module) {
        int rank = rank(module);
        return byPattern(alphaPattern, module, alpha) / (rsLora ? Math.sqrt(rank) : rank);
    }

    /** PEFT takes the first key that matches a name from a dot on to its end. */
    private static <T> T byPattern(Map<String, T> patterns, String module, T otherwise) {
        return patterns.entrySet().stream()
                .filter(entry -> Pattern.matches("(.*\\.)?(" + entry.getKey() + ")", module))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(otherwise);
    }

    private static void check(boolean holds, String field, String wanted, Object found) {
        if (!holds) {
            throw UserError.data("lora " + field + ": must be " + wanted + ", was " + found);
        }
    }
}
