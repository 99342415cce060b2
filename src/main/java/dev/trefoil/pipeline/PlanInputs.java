package dev.trefoil.pipeline;

import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.TargetMatcher;
import dev.trefoil.family.Family;
import dev.trefoil.model.Compute;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.plan.MemoryPlanner;
import dev.trefoil.plan.Saving;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;

/**
 * What a memory plan needs beside a stage's configuration.
 *
 * @param base of the model, from base.json
 * @param heapBytes limit of the Java heap
 */
record PlanInputs(BaseConfig base, long heapBytes) {

    private static final double ADAM_STATE = 8;

    /** Two bytes of codes and two scales per block of 256. */
    private static final double ADAM_8BIT_STATE = 2 + 8.0 / 256;

    MemoryPlanner planner(EngineConfig engine) {
        return new MemoryPlanner(
                base,
                engine.compute() == Compute.BF16 ? 2 : 4,
                Saving.valueOf(engine.save().name()),
                heapBytes);
    }

    /** Numbers in an adapter, a score or value head not counted. */
    long parameters(LoraSettings lora) {
        LoraConfig config = lora.forFamily(base.family());
        long count = (long) lora.modulesToSave().size()
                * base.shape().vocabSize()
                * base.shape().hiddenSize();
        for (LinearSite site :
                TargetMatcher.match(config, Family.of(base.family()).sites(base))) {
            count += (long) config.rank(site.module()) * (site.rows() + site.columns());
        }
        return count;
    }

    static double stateBytes(OptimConfig.Kind optimizer) {
        return optimizer == OptimConfig.Kind.ADAMW ? ADAM_STATE : ADAM_8BIT_STATE;
    }
}
