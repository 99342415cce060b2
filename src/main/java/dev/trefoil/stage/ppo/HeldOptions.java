package dev.trefoil.stage.ppo;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.config.Required;
import dev.trefoil.data.DataConfig;
import dev.trefoil.token.PromptConfig;

/** The section {@code eval:}: prompts kept out of training, answered before and after it with the same random numbers. */
public record HeldOptions(
        @Required @Doc("Where the held prompts come from.") DataConfig data,

        @Doc("Which part of a text is the prompt (default: as in training).")
        PromptConfig prompts,

        @Range(min = 1) @Doc("Responses for each prompt (default 4).")
        Integer samples,

        @Doc("Seed of these responses (default 1234).") Long seed,

        @Range(min = 1) @Doc("Steps between two evaluations; only before and after if absent.")
        Integer everySteps,

        @Doc("A second reward model, which training does not see.")
        RewardChoice judge) {

    public HeldOptions {
        samples = samples == null ? 4 : samples;
        seed = seed == null ? 1234L : seed;
        if (samples < 1) {
            throw new IllegalArgumentException("samples: must be at least 1, was " + samples);
        }
        if (everySteps != null && everySteps < 1) {
            throw new IllegalArgumentException("everySteps: must be at least 1, was " + everySteps);
        }
    }

    public static HeldOptions of(DataConfig data, int samples) {
        return new HeldOptions(data, null, samples, null, null, null);
    }
}
