package dev.trefoil.pipeline;

import dev.trefoil.artifact.Artifact;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.Severity;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.AdapterMemory;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.plan.PassShape;
import dev.trefoil.plan.RolloutMemory;
import dev.trefoil.plan.StepWork;
import dev.trefoil.stage.ppo.PpoConfig;
import dev.trefoil.stage.ppo.PpoStage;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The PPO stage in a pipeline. */
final class PpoEntry implements Stage<PpoConfig> {

    private static final String SFT = "sft";
    private static final String REWARD = "reward";

    /** Policy and reference pack their adapters each, also the one that the reference has switched off. */
    private static final int ROLES_OF_THE_POLICY = 2;

    /** Policy and reference read a rollout before the update. */
    private static final int READINGS = 2;

    @Override
    public Class<PpoConfig> configType() {
        return PpoConfig.class;
    }

    @Override
    public Path base(PpoConfig config) {
        return config.base();
    }

    @Override
    public PpoConfig deciding(PpoConfig config) {
        return config.deciding();
    }

    @Override
    public EngineConfig engine(PpoConfig config) {
        return config.engine();
    }

    @Override
    public Map<String, Path> parents(PpoConfig config) {
        Map<String, Path> parents = new LinkedHashMap<>();
        if (config.sft() != null) {
            parents.put(SFT, config.sft());
        }
        Path reward = Path.of(config.reward().model());
        boolean toCome = reward.getNameCount() > 1 && !Files.exists(reward);
        if (config.reward().model().startsWith(StageKind.REFERENCE) || toCome || Artifact.exists(reward)) {
            parents.put(REWARD, reward);
        }
        return parents;
    }

    @Override
    public List<String> wire(String role, Path artifact) {
        return List.of((role.equals(SFT) ? "sft=" : "reward.model=") + artifact);
    }

    @Override
    public StageResult run(StageContext context, SharedBase base, PpoConfig config) {
        return new PpoStage().run(context, base, config);
    }

    @Override
    public Map<String, Severity> doctor(PpoConfig config) {
        return config.doctor();
    }

    @Override
    public void examine(StageContext context, SharedBase base, PpoConfig config, Doctor doctor) {
        new PpoStage().examine(context, base, config, doctor);
    }

    @Override
    public StepWork work(PpoConfig config) {
        int columns = config.prompts().maxTokens() + config.sampling().maxNewTokens();
        int batches = config.ppo().batchSize() / config.ppo().miniBatchSize();
        int reading = parents(config).containsKey(REWARD) ? READINGS + 1 : READINGS;
        return new StepWork(
                new PassShape(config.ppo().miniBatchSize(), columns),
                config.ppo().ppoEpochs() * batches,
                reading * batches,
                true,
                config.ppo().miniBatchSize(),
                config.sampling().maxNewTokens() * batches,
                config.ppo().steps());
    }

    @Override
    public MemoryPlan plan(PpoConfig config, PlanInputs inputs) {
        int hidden = inputs.base().shape().hiddenSize();
        double state = PlanInputs.stateBytes(config.optim().optimizer());
        long trained = inputs.parameters(config.lora()) + hidden + 1;
        List<AdapterMemory> adapters = new ArrayList<>();
        adapters.add(inputs.adapter("ppo", config.lora(), hidden + 1, state, ROLES_OF_THE_POLICY));
        Map<String, Path> parents = parents(config);
        // An artifact that is still to come is counted like the adapter trained here.
        if (parents.containsKey(SFT)) {
            adapters.add(inputs.frozen(SFT, size(parents.get(SFT), trained), config.lora(), ROLES_OF_THE_POLICY));
        }
        if (parents.containsKey(REWARD)) {
            adapters.add(inputs.frozen(REWARD, size(parents.get(REWARD), trained), config.lora(), 1));
        }
        int rows = config.ppo().miniBatchSize();
        int prompt = config.prompts().maxTokens();
        int newTokens = config.sampling().maxNewTokens();
        PassShape whole = new PassShape(rows, prompt + newTokens);
        return inputs.planner()
                .ppo(
                        adapters,
                        new RolloutMemory(rows, prompt, newTokens, inputs.reorderedBytes(rows, newTokens)),
                        parents.containsKey(REWARD) ? whole : null,
                        whole,
                        whole);
    }

    private static long size(Path folder, long otherwise) {
        return AdapterFiles.parameters(folder).orElse(otherwise);
    }
}
