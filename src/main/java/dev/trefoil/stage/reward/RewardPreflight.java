package dev.trefoil.stage.reward;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.doctor.BatchSize;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.GradientFlow;
import dev.trefoil.doctor.LearningRate;
import dev.trefoil.doctor.TokenizerFit;
import dev.trefoil.doctor.TruncatedShare;
import dev.trefoil.model.Dropout;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Reads;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the reward stage measures before its first step, beside {@link PaddingCheck}. */
record RewardPreflight(RewardConfig config, SharedBase base, PairData data, Role role, ScalarHead head) {

    private static final double LEAST_RATE = 1e-6;
    private static final double MOST_RATE = 5e-3;
    private static final int TEXTS = 16;

    void examine(Doctor doctor, long steps) {
        doctor.examine(new TruncatedShare(data.lost(), data.texts(), "rows.length"));
        long perStep = (long) config.train().batchSize() * config.train().gradientAccumulation();
        doctor.examine(new BatchSize("train.batch_size x train.gradient_accumulation", perStep, 2));
        doctor.examine(new LearningRate(
                config.optim().learningRate(),
                LEAST_RATE,
                MOST_RATE,
                config.optim().warmupSteps(),
                steps));
        List<String> texts = new ArrayList<>();
        for (PreferenceSample pair :
                data.shown().subList(0, Math.min(TEXTS, data.shown().size()))) {
            texts.add(pair.prompt() + pair.chosen());
            texts.add(pair.prompt() + pair.rejected());
        }
        doctor.examine(TokenizerFit.of(base.tokenizer(), base.config().shape().vocabSize(), texts));
        doctor.examine(gradientFlow());
    }

    /** One pair forth and back, then the gradients are cleared. */
    private GradientFlow gradientFlow() {
        LoraAdapter adapter = role.stack().adapters().get(0);
        Batch batch = Collator.preferences(data.training().subList(0, 1));
        int[] last = batch.lastTokens();
        float[] gradient = new float[last.length];
        Arrays.fill(gradient, 1);
        try (Pass pass = role.train(batch, Dropout.NONE, Reads.LAST_TOKENS)) {
            head.scores(pass, last);
            head.backward(pass, last, gradient);
            pass.backward();
        }
        GradientFlow flow = GradientFlow.of(adapter);
        adapter.zeroGradients();
        return flow;
    }
}
