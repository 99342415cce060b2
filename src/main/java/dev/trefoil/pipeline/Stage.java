package dev.trefoil.pipeline;

import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.Severity;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.plan.StepWork;
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

    /** The same configuration without what does not decide what comes out, such as the place of the base. */
    C deciding(C config);

    EngineConfig engine(C config);

    /** Artifacts that the stage builds on, by their role in the manifest; only those that are artifacts of a stage. */
    Map<String, Path> parents(C config);

    /** The overrides that give it an artifact for one of its parents; unused by a stage without parents. */
    default List<String> wire(String role, Path artifact) {
        return List.of();
    }

    StageResult run(StageContext context, SharedBase base, C config);

    /** Severities of the doctor's rules. */
    Map<String, Severity> doctor(C config);

    /** Measures what the doctor asks before a run. */
    void examine(StageContext context, SharedBase base, C config, Doctor doctor);

    MemoryPlan plan(C config, PlanInputs inputs);

    /** What a step computes. */
    StepWork work(C config);
}
