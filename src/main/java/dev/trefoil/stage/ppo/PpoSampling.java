package dev.trefoil.stage.ppo;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.doctor.SamplingPurity;
import dev.trefoil.generate.SamplingConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The section {@code sampling:} of a PPO file. A null component takes the preset's value. The temperature belongs to the policy:
 * logits are divided by it in sampling and in every log-probability, of policy, old policy and reference alike.
 */
public record PpoSampling(
        @Range(min = 1) @Doc("Most tokens of a response (default by preset: 32, 53, 24, 128).")
        Integer maxNewTokens,

        @Range(min = 1)
        @Doc("If given, each response's limit is drawn evenly from here up to max_new_tokens, as some recipes do.")
        Integer drawLengthFrom,

        @Range(min = 0, minExclusive = true) @Doc("Divides the logits (default by preset: 1, 0.7, 0.7, 1).")
        Double temperature,

        @Doc("Where a response ends: eos (at the end token) or none (only at its length) (default eos).")
        Stop stop,

        @Range(min = 0) @Doc("Only the likeliest k tokens; 0 for all. PPO needs 0.")
        Integer topK,

        @Range(min = 0, max = 1, minExclusive = true) @Doc("Only the likeliest tokens up to this sum; PPO needs 1.")
        Double topP,

        @Range(min = 0, max = 1) @Doc("Only tokens at least this likely beside the likeliest; PPO needs 0.")
        Double minP,

        @Range(min = 0, minExclusive = true) @Doc("Penalty for tokens that occurred; PPO needs 1.")
        Double repetitionPenalty,

        @Range(min = 0) @Doc("Tokens before which the end token is barred; PPO needs 0.")
        Integer minNewTokens) {

    /** Where a response ends. */
    public enum Stop {
        EOS,
        NONE
    }

    public PpoSampling {
        if (drawLengthFrom != null && maxNewTokens != null && drawLengthFrom > maxNewTokens) {
            throw new IllegalArgumentException("drawLengthFrom: must not be above max_new_tokens, which is "
                    + maxNewTokens + ", was " + drawLengthFrom);
        }
        if (temperature != null && !(temperature > 0)) {
            throw new IllegalArgumentException("temperature: must be above 0, was " + temperature);
        }
    }

    static PpoSampling empty() {
        return new PpoSampling(null, null, null, null, null, null, null, null, null);
    }

    /** Pure sampling of so many tokens. */
    public static PpoSampling pure(int maxNewTokens, Stop stop) {
        return new PpoSampling(maxNewTokens, null, null, stop, null, null, null, null, null);
    }

    PpoSampling filled(PpoPreset preset) {
        return new PpoSampling(
                or(maxNewTokens, preset.text().maxNewTokens()),
                drawLengthFrom,
                or(temperature, preset.text().temperature()),
                or(stop, Stop.EOS),
                or(topK, 0),
                or(topP, 1.0),
                or(minP, 0.0),
                or(repetitionPenalty, 1.0),
                or(minNewTokens, 0));
    }

    SamplingConfig config() {
        return new SamplingConfig(maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, false, minNewTokens);
    }

    /** Whether responses are sampled from the policy itself; each setting that keeps them from it is a fault. */
    SamplingPurity purity() {
        List<String> faults = new ArrayList<>();
        note(faults, topK == 0, "top_k is " + topK + ", wanted 0");
        note(faults, topP == 1, "top_p is " + topP + ", wanted 1");
        note(faults, minP == 0, "min_p is " + minP + ", wanted 0");
        note(faults, repetitionPenalty == 1, "repetition_penalty is " + repetitionPenalty + ", wanted 1");
        note(faults, minNewTokens == 0, "min_new_tokens is " + minNewTokens + ", wanted 0");
        return new SamplingPurity(faults);
    }

    private static void note(List<String> faults, boolean holds, String fault) {
        if (!holds) {
            faults.add(fault);
        }
    }

    private static <T> T or(T given, T otherwise) {
        return given != null ? given : otherwise;
    }
}
