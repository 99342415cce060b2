package dev.trefoil.pipeline;

import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a pipeline knows of a stage.
 *
 * @param <C> its configuration
 */
interface Stage<C extends Record> {

    Class<C> configType();

    /** The base named in the stage's own file, or null. */
    Path base(C config);

    /** The same configuration without the place of its base, which does not decide what comes out. */
    C withoutBase(C config);

    EngineConfig engine(C config);

    /** Artifacts that the stage builds on, by their role in the manifest; only those that are artifacts of a stage. */
    Map<String, Path> parents(C config);

    /** The overrides that give it an artifact for one of its parents; unused by a stage without parents. */
    default List<String> wire(String role, Path artifact) {
        return List.of();
    }

    StageResult run(StageContext context, SharedBase base, C config);

    MemoryPlan plan(C config, PlanInputs inputs);
}
