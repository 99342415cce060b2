package dev.trefoil.reward.builtin;

import dev.trefoil.model.Pass;
import dev.trefoil.model.Reads;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reads a number at the last token of each text.
 *
 * @param rowsAtOnce texts that go through the model together
 */
record TextScorer(Role role, ScalarHead head, int rowsAtOnce) {

    /** In the order of the texts; those of about one length share a batch. */
    float[] scores(List<int[]> texts) {
        List<Integer> order = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> texts.get(i).length))
                .toList();
        float[] scores = new float[texts.size()];
        for (int from = 0; from < order.size(); from += rowsAtOnce) {
            List<Integer> part = order.subList(from, Math.min(order.size(), from + rowsAtOnce));
            Batch batch = Collator.sequences(part.stream().map(texts::get).toList());
            try (Pass pass = role.infer(batch, Reads.LAST_TOKENS)) {
                float[] found = head.scores(pass, batch.lastTokens());
                for (int i = 0; i < found.length; i++) {
                    scores[part.get(i)] = found[i];
                }
            }
        }
        return scores;
    }
}
