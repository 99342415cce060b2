package dev.trefoil.stage.reward;

import dev.trefoil.model.Pass;
import dev.trefoil.model.Reads;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.PreferenceRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Scores of texts under the adapter and head as they are now, without dropout. */
final class RewardScorer {

    private final Role role;
    private final ScalarHead head;

    RewardScorer(Role role, ScalarHead head) {
        this.role = role;
        this.head = head;
    }

    /** Scores in the order of the texts, computed in one batch. */
    float[] together(List<int[]> texts) {
        return scores(Collator.sequences(texts));
    }

    /** The same with padding of another content, which must change nothing to the bit. */
    float[] withOtherPadding(List<int[]> texts) {
        Batch batch = Collator.sequences(texts);
        return scores(batch.withPadding(batch.ids()[0]));
    }

    private float[] scores(Batch batch) {
        try (Pass pass = role.infer(batch, Reads.LAST_TOKENS)) {
            return head.scores(pass, batch.lastTokens());
        }
    }

    float alone(int[] text) {
        return together(List.of(text))[0];
    }

    /**
     * Scores in the order of the texts; texts of about the same length share a batch.
     *
     * @param rows texts that go through the model at once
     */
    float[] scores(List<int[]> texts, int rows) {
        List<Integer> order = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(i -> -texts.get(i).length))
                .toList();
        float[] scores = new float[texts.size()];
        for (int from = 0; from < order.size(); from += rows) {
            List<Integer> places = order.subList(from, Math.min(order.size(), from + rows));
            float[] part = together(places.stream().map(texts::get).toList());
            for (int i = 0; i < part.length; i++) {
                scores[places.get(i)] = part[i];
            }
        }
        return scores;
    }

    /** Scores of pairs, [2 pairs]: first all chosen, then all rejected. */
    float[] pairs(List<PreferenceRow> pairs, int pairsAtOnce) {
        List<int[]> texts = new ArrayList<>(2 * pairs.size());
        pairs.forEach(pair -> texts.add(pair.chosen()));
        pairs.forEach(pair -> texts.add(pair.rejected()));
        return scores(texts, 2 * pairsAtOnce);
    }
}
