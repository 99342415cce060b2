package dev.trefoil.pipeline;

import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.Severity;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.plan.PassShape;
import dev.trefoil.plan.StepWork;
import dev.trefoil.stage.reward.RewardConfig;
import dev.trefoil.stage.reward.RewardStage;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The reward stage in a pipeline. */
final class RewardEntry implements Stage<RewardConfig> {

    /** A chosen and a rejected text. */
    private static final int TEXTS_OF_A_PAIR = 2;

    @Override
    public Class<RewardConfig> configType() {
        return RewardConfig.class;
    }

    @Override
    public Path base(RewardConfig config) {
        return config.base();
    }

    @Override
    public RewardConfig deciding(RewardConfig config) {
        return config.deciding();
    }

    @Override
    public EngineConfig engine(RewardConfig config) {
        return config.engine();
    }

    @Override
    public Map<String, Path> parents(RewardConfig config) {
        return Map.of();
    }

    @Override
    public StageResult run(StageContext context, SharedBase base, RewardConfig config) {
        return new RewardStage().run(context, base, config);
    }

    @Override
    public Map<String, Severity> doctor(RewardConfig config) {
        return config.doctor();
    }

    @Override
    public void examine(StageContext context, SharedBase base, RewardConfig config, Doctor doctor) {
        new RewardStage().examine(context, base, config, doctor);
    }

    @Override
    public StepWork work(RewardConfig config) {
        PassShape train = new PassShape(
                TEXTS_OF_A_PAIR * config.train().batchSize(), config.rows().length());
        return StepWork.training(
                train,
                config.train().gradientAccumulation(),
                false,
                config.train().maxSteps());
    }

    @Override
    public MemoryPlan plan(RewardConfig config, PlanInputs inputs) {
        int head = inputs.base().shape().hiddenSize();
        double state = PlanInputs.stateBytes(config.optim().optimizer());
        int length = config.rows().length();
        PassShape train = new PassShape(TEXTS_OF_A_PAIR * config.train().batchSize(), length);
        PassShape evaluation = config.eval() == null
                ? null
                : new PassShape(TEXTS_OF_A_PAIR * config.train().evaluationBatch(), length);
        return inputs.planner()
                .training(
                        "reward",
                        List.of(inputs.adapter("reward", config.lora(), head, state, 1)),
                        train,
                        evaluation,
                        config.lora().dropout() > 0,
                        false);
    }
}
