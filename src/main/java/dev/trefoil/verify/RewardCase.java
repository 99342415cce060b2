package dev.trefoil.verify;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.model.Dropout;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Reads;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.stage.reward.PairwiseLoss;
import dev.trefoil.stage.reward.RewardAdapter;
import dev.trefoil.stage.reward.RewardStage;
import dev.trefoil.token.Batch;
import java.util.Arrays;
import java.util.List;

/**
 * {@code reward_*}: scores of a sequence classifier with a LoRA adapter and a trained head, the pairwise losses of the reward stage,
 * and their gradients.
 */
public final class RewardCase implements CaseCheck {

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        try (GoldenBase opened = GoldenBase.open(golden, EngineConfig.parity())) {
            LoraAdapter adapter = opened.adapter(RewardStage.NAME);
            AdapterStack stack = AdapterStack.of(opened.base().sites(), List.of(adapter), true);
            Batch batch = GoldenBatch.of(golden, "in.").batch();
            int[] last = lastTokens(golden, deviations, batch);
            try (Role role = Role.of(opened.base(), stack)) {
                float[] scores = trained(golden, deviations, role, batch, last);
                statistics(golden, deviations, scores);
            }
            try (Role bare = Role.of(opened.base(), stack.with(RewardStage.NAME, false));
                    Pass pass = bare.infer(batch, Reads.LAST_TOKENS)) {
                ScalarHead head = ScalarHead.over(untrained(opened, adapter), RewardAdapter.HEAD);
                deviations.compare("scores_base", head.scores(pass, last));
            }
        }
    }

    /** Where the scores are read; the case's own places are checked against the padding. */
    private static int[] lastTokens(GoldenCase golden, Deviations deviations, Batch batch) {
        long[] found =
                Arrays.stream(batch.lengths()).mapToLong(length -> length - 1).toArray();
        deviations.exact("in.last_token", found, golden.longs("in.last_token"));
        return batch.lastTokens();
    }

    /** Each of the three losses with its gradients; returns the scores. */
    private static float[] trained(GoldenCase golden, Deviations deviations, Role role, Batch batch, int[] last) {
        double coefficient = golden.setting("center_rewards_coefficient");
        double[] margins = doubles(golden.floats("in.margin"));
        double[] none = new double[margins.length];
        float[] scores = scores(role, batch, last);
        deviations.compare("scores", scores);
        deviations.exact("pairs", batch.rows() / 2, (int) golden.setting("pairs"));
        PairwiseLoss plain = new PairwiseLoss(0);
        PairwiseLoss centred = new PairwiseLoss(coefficient);
        gradients(golden, deviations, role, batch, last, "loss", plain, none);
        gradients(golden, deviations, role, batch, last, "loss_margin", plain, margins);
        gradients(golden, deviations, role, batch, last, "loss_center", centred, none);
        deviations.scalar(
                "center_term",
                centred.of(scores, none).loss() - plain.of(scores, none).loss());
        return scores;
    }

    private static float[] scores(Role role, Batch batch, int[] last) {
        try (Pass pass = role.infer(batch, Reads.LAST_TOKENS)) {
            return head(role).scores(pass, last);
        }
    }

    private static void gradients(
            GoldenCase golden,
            Deviations deviations,
            Role role,
            Batch batch,
            int[] last,
            String name,
            PairwiseLoss loss,
            double[] margins) {
        LoraAdapter adapter = role.stack().adapters().get(0);
        adapter.zeroGradients();
        try (Pass pass = role.train(batch, Dropout.NONE, Reads.LAST_TOKENS)) {
            PairwiseLoss.Result result = loss.of(head(role).scores(pass, last), margins);
            head(role).backward(pass, last, result.gradient());
            pass.backward();
            deviations.scalar(name, result.loss());
        }
        AdapterTensors.compare(deviations, golden, "grad." + name + ".", AdapterTensors.gradients(adapter));
    }

    private static ScalarHead head(Role role) {
        return ScalarHead.over(role.stack().adapters().get(0), RewardAdapter.HEAD);
    }

    private static void statistics(GoldenCase golden, Deviations deviations, float[] scores) {
        int pairs = scores.length / 2;
        PairwiseLoss.Result result = new PairwiseLoss(0).of(scores, new double[pairs]);
        double margin = 0;
        for (int i = 0; i < pairs; i++) {
            margin += (scores[i] - scores[pairs + i]) / (double) pairs;
        }
        deviations.scalar("accuracy", (double) result.right() / pairs);
        deviations.scalar("mean_margin", margin);
    }

    /** The checkpoint's own head, which switching the adapter off brings back. */
    private static LoraAdapter untrained(GoldenBase opened, LoraAdapter adapter) {
        float[] head = opened.scoreHead()
                .orElseThrow(() -> UserError.data(
                        opened.folder() + ": the case's model has no score.weight; wanted a " + "sequence classifier"));
        LoraAdapter copy = adapter.copy("checkpoint");
        copy.savedValues(RewardAdapter.HEAD).put(head);
        return copy;
    }

    private static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }
}
