package dev.trefoil.stage.sft;

import dev.trefoil.eval.Perplexity;
import dev.trefoil.model.Dropout;
import dev.trefoil.model.Labels;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.TokenRow;
import java.util.Arrays;
import java.util.List;

/**
 * The loss of supervised training: the sum over label tokens of -ln p(token), divided by the label tokens of the whole optimiser step
 * and not of the batch, so that accumulated batches count by their tokens.
 */
public final class SftLoss {

    private SftLoss() {}

    /** As {@link #lossAndBackward(Role, Batch, double, Dropout)} without dropout. */
    public static float lossAndBackward(Role role, Batch batch, double tokensOfStep) {
        return lossAndBackward(role, batch, tokensOfStep, Dropout.NONE);
    }

    /**
     * Forward and back once; adds to the gradients of the role's trained adapter.
     *
     * @param tokensOfStep label tokens of all batches of the optimiser step
     * @return the batch's part of the step's loss; the parts of a step add up
     */
    public static float lossAndBackward(Role role, Batch batch, double tokensOfStep, Dropout dropout) {
        Labels labels = Labels.of(batch);
        if (labels.count() == 0) {
            return 0;
        }
        float[] gradient = new float[labels.count()];
        Arrays.fill(gradient, (float) (-1 / tokensOfStep));
        try (Pass pass = role.train(batch, dropout)) {
            float[] logProbs = role.head().backward(pass, labels.at(), labels.targets(), gradient, 1);
            pass.backward();
            return (float) (nll(logProbs) / tokensOfStep);
        }
    }

    /** Negative log-likelihood of one batch, without dropout. */
    public static Perplexity evaluate(Role role, Batch batch) {
        Labels labels = Labels.of(batch);
        try (Pass pass = role.infer(batch)) {
            float[] logProbs =
                    role.head().logProbs(pass, labels.at(), labels.targets(), 1).logProbs();
            return new Perplexity(nll(logProbs), labels.count(), batch.rows());
        }
    }

    /** Negative log-likelihood of rows, {@code batchRows} of them at once. */
    public static Perplexity evaluate(Role role, List<TokenRow> rows, int batchRows) {
        Perplexity sum = Perplexity.NONE;
        for (int[] part : Collator.inOrder(rows.size(), batchRows)) {
            sum = sum.plus(evaluate(role, Collator.batch(rows, part)));
        }
        return sum;
    }

    private static double nll(float[] logProbs) {
        double sum = 0;
        for (float logProb : logProbs) {
            sum -= logProb;
        }
        return sum;
    }
}
