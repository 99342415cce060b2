package dev.trefoil.pipeline;

import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.TargetMatcher;
import dev.trefoil.family.Family;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Reordering;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.AdapterMemory;
import dev.trefoil.plan.EngineMemory;
import dev.trefoil.plan.MemoryPlanner;
import dev.trefoil.plan.Saving;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a memory plan needs beside a stage's configuration.
 *
 * @param base of the model, from base.json
 * @param heapBytes limit of the Java heap
 * @param engine its settings, without {@code auto}
 */
record PlanInputs(BaseConfig base, long heapBytes, EngineConfig engine) {

    private static final double ADAM_STATE = 8;

    /** Two bytes of codes and two scales per block of 256. */
    private static final double ADAM_8BIT_STATE = 2 + 8.0 / 256;

    MemoryPlanner planner() {
        EngineMemory memory = new EngineMemory(
                engine.compute().bytes(),
                Saving.valueOf(engine.save().name()),
                engine.recomputeLayers(),
                SharedBase.wide(base),
                engine.int8Forward(),
                engine.int8Backward(),
                engine.queryChunk(),
                engine.int8InnerForward(),
                engine.int8InnerBackward(),
                engine.keptLinearBytes(base));
        return new MemoryPlanner(base, memory, heapBytes);
    }

    /** Of the weights that a generation of so many rows and new tokens reorders. */
    long reorderedBytes(int rows, int newTokens) {
        return Reordering.of(base, engine, rows, newTokens).bytes(base, engine.compute());
    }

    /**
     * The adapter of a stage.
     *
     * @param others numbers beside it: of a head
     * @param stateBytes see {@link AdapterMemory}
     * @param copies see {@link AdapterMemory}
     */
    AdapterMemory adapter(String name, LoraSettings lora, long others, double stateBytes, int copies) {
        return new AdapterMemory(name, parameters(lora) + others, packed(lora), stateBytes, copies);
    }

    /**
     * An adapter of which only the size is known, packed like the one that is trained.
     *
     * @param parameters numbers in it
     */
    AdapterMemory frozen(String name, long parameters, LoraSettings like, int copies) {
        double growth = (double) packed(like) / Math.max(1, parameters(like));
        return new AdapterMemory(name, parameters, Math.round(parameters * growth), 0, copies);
    }

    /** Numbers in the factors of the fused linears: the ranks of all linears inside, times all its rows and columns. */
    private long packed(LoraSettings lora) {
        LoraConfig config = lora.forFamily(base.family());
        List<LinearSite> sites = Family.of(base.family()).sites(base);
        Map<String, Long> ranks = new HashMap<>();
        TargetMatcher.match(config, sites)
                .forEach(site -> ranks.merge(linear(site), (long) config.rank(site.module()), Long::sum));
        Map<String, Long> rows = new HashMap<>();
        sites.forEach(site -> rows.merge(linear(site), (long) site.rowOffset() + site.rows(), Math::max));
        Map<String, Integer> columns = new HashMap<>();
        sites.forEach(site -> columns.put(linear(site), site.columns()));
        return ranks.entrySet().stream()
                .mapToLong(entry -> entry.getValue() * (rows.get(entry.getKey()) + columns.get(entry.getKey())))
                .sum();
    }

    private static String linear(LinearSite site) {
        return site.layer() + "/" + site.slot();
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
