package dev.trefoil.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Pairs of a better and a worse one of the same group, such as answers to one question. */
public final class ScoredPairs {

    private ScoredPairs() {}

    /** The first is better. */
    public record Pair<T>(T better, T worse) {}

    /**
     * All pairs with unequal scores, in the order of the list; of more than {@code most}, as many are drawn without replacement.
     *
     * @param key of the group: the draw depends on it and the seed alone
     */
    public static <T> List<Pair<T>> of(List<T> all, ToDoubleFunction<T> score, int most, long seed, String key) {
        List<Pair<T>> pairs = new ArrayList<>();
        for (T better : all) {
            for (T worse : all) {
                if (score.applyAsDouble(better) > score.applyAsDouble(worse)) {
                    pairs.add(new Pair<>(better, worse));
                }
            }
        }
        if (pairs.size() <= most) {
            return pairs;
        }
        KeyedRandom random = SeededSplit.random(seed, key);
        int[] drawn = Arrays.copyOf(random.permutation(pairs.size()), most);
        Arrays.sort(drawn);
        return Arrays.stream(drawn).mapToObj(pairs::get).toList();
    }
}
