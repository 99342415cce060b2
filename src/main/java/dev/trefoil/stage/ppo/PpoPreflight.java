package dev.trefoil.stage.ppo;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.doctor.BatchSize;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.GradientFlow;
import dev.trefoil.doctor.LearningRate;
import dev.trefoil.doctor.Padding;
import dev.trefoil.doctor.RewardGolden;
import dev.trefoil.doctor.StartKl;
import dev.trefoil.doctor.StartRatio;
import dev.trefoil.doctor.TokenizerFit;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.model.Compute;
import dev.trefoil.model.Dropout;
import dev.trefoil.model.Pass;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.builtin.GoldenScores;
import dev.trefoil.token.Batch;
import dev.trefoil.token.PromptRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the PPO stage measures: settings and reward model before its first step, the rest in it, or in a small rollout of its own. */
record PpoPreflight(SharedBase base, PpoParts parts) {

    private static final double LEAST_RATE = 1e-7;
    private static final double MOST_RATE = 2e-3;
    private static final int LEAST_BATCH = 8;
    private static final int TEXTS = 32;
    private static final int ROLLOUT = 4;
    private static final double GOLDEN_ERROR = 1e-3;

    /** Rounding of a token's log-probability in matrices of another shape, in nats. */
    private static final double ROUNDING = 1e-3;

    private static final double COARSE_ROUNDING = 1;

    void examineSettings(Doctor doctor) {
        PpoConfig config = parts.config();
        if (!config.ppo().unsafeSampling()) {
            doctor.examine(config.sampling().purity());
        }
        doctor.examine(new LearningRate(
                config.optim().learningRate(),
                LEAST_RATE,
                MOST_RATE,
                config.optim().warmupSteps(),
                config.ppo().optimizerSteps()));
        doctor.examine(new BatchSize("ppo.batch_size", config.ppo().batchSize(), LEAST_BATCH));
        doctor.examine(parts.promptsLost());
        List<String> texts =
                parts.prompts().first(TEXTS).stream().map(PromptRow::text).toList();
        doctor.examine(TokenizerFit.of(base.tokenizer(), base.config().shape().vocabSize(), texts));
    }

    /** The texts beside a reward model of the reward-models folder; a learned one was asked for its own when it was opened. */
    void examineReward(Doctor doctor) {
        RewardChoice choice = parts.config().reward();
        Path named = choice.folder().resolve(choice.model()).resolve("golden.jsonl");
        Path golden =
                Files.isRegularFile(named) ? named : Path.of(choice.model()).resolve("golden.jsonl");
        if (!choice.options().isEmpty() || !Files.isRegularFile(golden)) {
            return;
        }
        GoldenScores scores = GoldenScores.read(golden);
        double error;
        try {
            error = scores.largestError(parts.judge().model());
        } catch (RewardException fault) {
            throw new UserError(ExitCode.FAILED, fault.getMessage());
        }
        doctor.examine(new RewardGolden(choice.model(), scores.size(), error, GOLDEN_ERROR));
    }

    /** One response forth and back under its log-probabilities; no gradient stays. */
    static GradientFlow gradientFlow(PpoParts parts, Sequences sequences) {
        Sequences one = sequences.rows(0);
        Places tokens = Places.logProbs(one, TimeAxis.of(parts.config().ppo().era(), one));
        float[] gradient = new float[tokens.at().length];
        Arrays.fill(gradient, -1f / gradient.length);
        PpoRoles roles = parts.roles();
        try (Pass pass = roles.policy().train(one.batch(), Dropout.NONE)) {
            roles.policy().head().backward(pass, tokens.at(), tokens.targets(), gradient, roles.temperature());
            pass.backward();
        }
        LoraAdapter adapter = parts.adapter();
        GradientFlow flow = GradientFlow.of(adapter);
        parts.optimisation().drop();
        return flow;
    }

    /** A rollout of a few prompts, judged and read with all roles, without a step. */
    void examineRollout(Doctor doctor) {
        PpoConfig config = parts.config();
        PpoRoles roles = parts.roles();
        int count = Math.min(ROLLOUT, config.ppo().batchSize());
        List<PromptRow> prompts = parts.prompts().first(count);
        Sequences sequences = parts.rollouts()
                .answer(roles.policy(), prompts, new SampleKey(config.seed(), PpoStage.NAME, 0, 0))
                .sequences();
        PpoUpdate update = PpoUpdate.of(config.ppo(), roles, parts.optimisation());
        double[] scores = new double[sequences.size()];
        Arrays.setAll(scores, i -> i);
        MiniBatches whole = MiniBatches.whole(sequences.size(), 1);
        Experience experience = update.judge(update.read(sequences, whole), scores, null, 0);
        doctor.examine(new StartKl(experience.largestKl()));
        doctor.examine(new StartRatio(
                update.firstLogRatio(experience, whole.epochs().get(0).get(0))));
        doctor.examine(gradientFlow(parts, sequences));
        doctor.examine(padding(sequences));
    }

    /** Log-probabilities of each response alone and beside the others, and with other padding. */
    private Padding padding(Sequences sequences) {
        boolean exact = base.engine().compute() == Compute.FP32 && !base.choosesOutliersByBatch();
        Batch batch = sequences.batch();
        float[] together = logProbs(sequences, batch);
        float[] refilled = logProbs(sequences, batch.withPadding(batch.ids()[0]));
        double largest = 0;
        int from = 0;
        for (int i = 0; i < sequences.size(); i++) {
            Sequences one = sequences.rows(i);
            float[] alone = logProbs(one, one.batch());
            for (int t = 0; t < alone.length; t++) {
                largest = Math.max(largest, Math.abs(alone[t] - together[from + t]));
            }
            from += alone.length;
        }
        boolean reads = !base.choosesOutliersByBatch() && !Arrays.equals(together, refilled);
        return new Padding(reads, largest, exact ? ROUNDING : COARSE_ROUNDING);
    }

    private float[] logProbs(Sequences sequences, Batch batch) {
        Places tokens =
                Places.logProbs(sequences, TimeAxis.of(parts.config().ppo().era(), sequences));
        PpoRoles roles = parts.roles();
        try (Pass pass = roles.policy().infer(batch)) {
            return roles.policy()
                    .head()
                    .logProbs(pass, tokens.at(), tokens.targets(), roles.temperature())
                    .logProbs();
        }
    }
}
