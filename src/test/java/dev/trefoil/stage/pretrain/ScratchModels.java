package dev.trefoil.stage.pretrain;

import dev.trefoil.stage.pretrain.PretrainConfig.Family;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.TokenRow;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Models of a thousand weights, none where it starts, and batches for them. */
final class ScratchModels {

    static final int VOCABULARY = 13;

    private ScratchModels() {}

    /** Two layers; LLaMA's query heads share one key-value head. */
    static ScratchModel random(Family family, long seed) {
        int kvHeads = family == Family.LLAMA ? 1 : 2;
        PretrainConfig.Model shape = new PretrainConfig.Model(family, 8, 2, 2, kvHeads, 24, 9);
        ScratchModel model = ScratchModel.create(shape, VOCABULARY, seed);
        Random random = new Random(seed);
        for (ScratchModel.Weight weight : model.weights()) {
            for (int i = 0; i < weight.length(); i++) {
                double noise = random.nextGaussian() * (weight.isVector() ? 0.1 : 0.3);
                model.values().put(weight.offset() + i, (float) (weight.mean() + noise));
            }
        }
        return model;
    }

    /** A row with two documents and one with a single document, padded. */
    static Batch batch(long seed) {
        return Collator.batch(List.of(row(seed, 5, 4), row(seed + 1, 7)));
    }

    /** Documents side by side, all tokens labels but the first of each. */
    static TokenRow row(long seed, int... documents) {
        Random random = new Random(seed);
        int length = Arrays.stream(documents).sum();
        int[] ids = random.ints(length, 0, VOCABULARY).toArray();
        int[] positions = new int[length];
        int[] document = new int[length];
        boolean[] counts = new boolean[length];
        int at = 0;
        for (int d = 0; d < documents.length; d++) {
            for (int i = 0; i < documents[d]; i++, at++) {
                positions[at] = i;
                document[at] = d;
                counts[at] = i > 0;
            }
        }
        return new TokenRow(ids, positions, document, counts);
    }

    static float[] gradients(ScratchModel model) {
        float[] copy = new float[model.size()];
        model.gradients().get(0, copy);
        return copy;
    }

    static void clearGradients(ScratchModel model) {
        model.gradients().put(0, new float[model.size()]);
    }
}
