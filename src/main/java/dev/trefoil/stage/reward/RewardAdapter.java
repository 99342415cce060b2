package dev.trefoil.stage.reward;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.SavedModule;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.model.SharedBase;
import dev.trefoil.rl.CounterRandom;
import dev.trefoil.train.LoraSettings;
import java.nio.FloatBuffer;
import java.util.List;

/** The adapter of a reward model: LoRA parts, and the score head as a module saved in full. */
public final class RewardAdapter {

    /** Name of the head among the modules saved in full, as transformers calls it. */
    public static final String HEAD = "score";

    private RewardAdapter() {}

    /**
     * A new one, with gradients. The head has no bias and is drawn from N(0, initializer_range of the base), as transformers
     * does for a sequence classifier; a head of zeros would give the adapter no gradient at first.
     */
    public static LoraAdapter create(SharedBase base, LoraSettings settings, long seed) {
        LoraConfig lora = settings.forFamily(base.config().family()).withTask(TaskType.SEQ_CLS, List.of(HEAD));
        int hidden = base.config().shape().hiddenSize();
        LoraAdapter adapter = LoraAdapter.create(
                RewardStage.NAME, lora, base.sites(), List.of(SavedModule.shape(HEAD, 1, hidden)), seed);
        CounterRandom random = CounterRandom.of(seed, RewardStage.NAME, 0, 0, HEAD);
        FloatBuffer weight = adapter.savedValues(HEAD);
        while (weight.hasRemaining()) {
            weight.put((float) (random.gaussian() * base.config().initializerRange()));
        }
        return adapter;
    }
}
