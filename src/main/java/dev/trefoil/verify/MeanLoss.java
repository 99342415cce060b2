package dev.trefoil.verify;

import dev.trefoil.model.Dropout;
import dev.trefoil.model.Labels;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.token.Batch;
import java.util.Arrays;

/**
 * The causal language-model loss of a batch.
 *
 * @param labels the tokens that count
 * @param logProbs of each label
 */
record MeanLoss(Labels labels, float[] logProbs) {

    static MeanLoss of(Role role, Batch batch) {
        Labels labels = Labels.of(batch);
        try (Pass pass = role.infer(batch)) {
            return new MeanLoss(
                    labels,
                    role.head().logProbs(pass, labels.at(), labels.targets(), 1).logProbs());
        }
    }

    /**
     * Also adds the gradients of the trained adapter.
     *
     * @param tokens what the sum of the losses is divided by
     */
    static MeanLoss backward(Role role, Batch batch, int tokens) {
        Labels labels = Labels.of(batch);
        float[] gradient = new float[labels.count()];
        Arrays.fill(gradient, -1f / tokens);
        try (Pass pass = role.train(batch, Dropout.NONE)) {
            float[] found = role.head().backward(pass, labels.at(), labels.targets(), gradient, 1);
            pass.backward();
            return new MeanLoss(labels, found);
        }
    }

    int tokens() {
        return labels.count();
    }

    double sum() {
        double sum = 0;
        for (float logProb : logProbs) {
            sum -= logProb;
        }
        return sum;
    }

    double mean() {
        return sum() / tokens();
    }

    /** [rows, columns - 1]: entry i belongs to the label in column i + 1; 0 where none counts. */
    float[] tokenLosses(Batch batch) {
        float[] losses = new float[batch.rows() * (batch.columns() - 1)];
        for (int i = 0; i < logProbs.length; i++) {
            int at = labels.at()[i];
            losses[at - at / batch.columns()] = -logProbs[i];
        }
        return losses;
    }
}
