package dev.trefoil.pipeline;

import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.Severity;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.plan.PassShape;
import dev.trefoil.plan.StepWork;
import dev.trefoil.stage.sft.SftConfig;
import dev.trefoil.stage.sft.SftStage;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The supervised stage in a pipeline. */
final class SftEntry implements Stage<SftConfig> {

    @Override
    public Class<SftConfig> configType() {
        return SftConfig.class;
    }

    @Override
    public Path base(SftConfig config) {
        return config.base();
    }

    @Override
    public SftConfig deciding(SftConfig config) {
        return config.deciding();
    }

    @Override
    public EngineConfig engine(SftConfig config) {
        return config.engine();
    }

    @Override
    public Map<String, Path> parents(SftConfig config) {
        return Map.of();
    }

    @Override
    public StageResult run(StageContext context, SharedBase base, SftConfig config) {
        return new SftStage().run(context, base, config);
    }

    @Override
    public Map<String, Severity> doctor(SftConfig config) {
        return config.doctor();
    }

    @Override
    public void examine(StageContext context, SharedBase base, SftConfig config, Doctor doctor) {
        new SftStage().examine(context, base, config, doctor);
    }

    @Override
    public StepWork work(SftConfig config) {
        PassShape train =
                new PassShape(config.train().batchSize(), config.packing().length());
        return StepWork.training(
                train,
                config.train().gradientAccumulation(),
                true,
                config.train().maxSteps());
    }

    @Override
    public MemoryPlan plan(SftConfig config, PlanInputs inputs) {
        double state = PlanInputs.stateBytes(config.optim().optimizer());
        PassShape train =
                new PassShape(config.train().batchSize(), config.packing().length());
        PassShape evaluation = config.eval().data() == null
                ? null
                : new PassShape(
                        config.train().evaluationBatch(), config.packing().length());
        return inputs.planner()
                .training(
                        "sft",
                        List.of(inputs.adapter("sft", config.lora(), 0, state, 1)),
                        train,
                        evaluation,
                        config.lora().dropout() > 0,
                        true);
    }
}
