package dev.trefoil.generate;

import dev.trefoil.rl.CounterRandom;

/**
 * Names the random numbers of a generation: a sample depends on its key and prompt, not on how the batch was split.
 *
 * @param seed of the run
 * @param stage its name
 * @param step of the stage
 * @param firstSample number of the first prompt; the others follow
 */
public record SampleKey(long seed, String stage, long step, long firstSample) {

    void fill(int prompt, float[] uniforms, int from, int count) {
        CounterRandom random = CounterRandom.of(seed, stage, step, firstSample + prompt, "sample");
        for (int i = 0; i < count; i++) {
            uniforms[from + i] = random.uniformFloat();
        }
    }
}
