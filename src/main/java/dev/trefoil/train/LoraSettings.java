package dev.trefoil.train;

import dev.trefoil.UserError;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.TargetModules;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import java.util.List;
import java.util.Map;

/** The adapter of a stage: section {@code lora}, with PEFT's names. */
public record LoraSettings(
        @Range(min = 1) @Doc("Rank.") int r,

        @Range(min = 0, minExclusive = true) @Doc("Numerator of the scaling alpha / r.")
        double alpha,

        @Range(min = 0, max = 1, maxExclusive = true)
        @Doc("Chance that an entry of an adapter's input is dropped in training.")
        double dropout,

        @Doc("Linears to adapt: a list of names, a regular expression or all-linear; the family's default if absent.")
        Object targetModules,

        @Doc("Linears to leave out after all: a list of names or a regular expression.")
        Object excludeModules,

        @Doc("Scales by alpha / sqrt(r) in place of alpha / r.")
        boolean useRslora,

        @Doc("Ranks that differ from r: end of a module's name, or a regular expression for it, to rank.")
        Map<String, Integer> rankPattern,

        @Doc("The same for alpha.") Map<String, Double> alphaPattern,

        @Doc("Modules trained in full and saved with the adapter; sft only, and only the head: lm_head.")
        List<String> modulesToSave) {

    public LoraSettings {
        rankPattern = rankPattern == null ? Map.of() : rankPattern;
        alphaPattern = alphaPattern == null ? Map.of() : alphaPattern;
        modulesToSave = modulesToSave == null ? List.of() : List.copyOf(modulesToSave);
        check("targetModules", targetModules);
        check("excludeModules", excludeModules);
    }

    private static void check(String key, Object value) {
        try {
            TargetModules.of(value);
        } catch (UserError fault) {
            throw new IllegalArgumentException(
                    key + ": " + fault.getMessage().replaceFirst("^target_modules: ", ""), fault);
        }
    }

    /** Rank 16, alpha 32, dropout 0.05, the family's default linears. */
    public static LoraSettings defaults() {
        return of(16, 32, 0.05);
    }

    public static LoraSettings of(int r, double alpha, double dropout) {
        return new LoraSettings(r, alpha, dropout, null, null, false, Map.of(), Map.of(), List.of());
    }

    /** @param targets a list of names, a regular expression, {@code all-linear}, or null */
    public LoraSettings withTargets(Object targets) {
        return new LoraSettings(
                r, alpha, dropout, targets, excludeModules, useRslora, rankPattern, alphaPattern, modulesToSave);
    }

    /** @throws IllegalArgumentException when modules are to be trained in full, which this stage does not */
    public void refuseModulesToSave() {
        if (!modulesToSave.isEmpty()) {
            throw new IllegalArgumentException("modulesToSave: found " + modulesToSave
                    + ", wanted none: only sft trains a module in full beside its adapter");
        }
    }

    /** The adapter's configuration over a base of that family, for the prediction of tokens. */
    public LoraConfig forFamily(String family) {
        return new LoraConfig(
                        r,
                        alpha,
                        dropout,
                        TargetModules.of(targetModules),
                        TargetModules.of(excludeModules),
                        useRslora,
                        rankPattern,
                        alphaPattern,
                        modulesToSave,
                        TaskType.CAUSAL_LM,
                        false)
                .forFamily(family);
    }
}
