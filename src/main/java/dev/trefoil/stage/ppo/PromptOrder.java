package dev.trefoil.stage.ppo;

import dev.trefoil.data.KeyedRandom;
import dev.trefoil.token.PromptRow;
import java.util.ArrayList;
import java.util.List;

/** Full batches of prompts for ever: a new order in each pass through them, by (seed, pass) only. */
final class PromptOrder {

    private final List<PromptRow> prompts;
    private final int batch;
    private final long seed;

    PromptOrder(List<PromptRow> prompts, int batch, long seed) {
        this.prompts = List.copyOf(prompts);
        this.batch = batch;
        this.seed = seed;
    }

    /** The first ones in the order of the file. */
    List<PromptRow> first(int count) {
        return prompts.subList(0, Math.min(count, prompts.size()));
    }

    /** @param step counted from 0 */
    List<PromptRow> batch(long step) {
        List<PromptRow> found = new ArrayList<>();
        long pass = -1;
        int[] order = null;
        for (long at = step * batch; at < (step + 1) * batch; at++) {
            if (pass != at / prompts.size()) {
                pass = at / prompts.size();
                order = KeyedRandom.of(seed, pass).permutation(prompts.size());
            }
            found.add(prompts.get(order[Math.toIntExact(at % prompts.size())]));
        }
        return found;
    }
}
