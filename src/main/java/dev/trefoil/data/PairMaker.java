package dev.trefoil.data;

import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Preference pairs from labelled texts, for data that has classes but no comparisons (film reviews and the like). */
public final class PairMaker {

    private PairMaker() {}

    /**
     * Shuffles the positive and the negative texts, each by the seed, and prefers the i-th positive over the i-th negative.
     * The prompt is empty and there is no margin.
     *
     * @throws UserError when one of the two labels has no text
     */
    public static List<PreferenceSample> pair(List<LabelledSample> samples, PairConfig config) {
        List<String> positive = side(samples, config.positive(), config.seed(), 0);
        List<String> negative = side(samples, config.negative(), config.seed(), 1);
        int count = Math.min(positive.size(), negative.size());
        if (config.limit() != null) {
            count = Math.min(count, config.limit());
        }
        List<PreferenceSample> pairs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            pairs.add(new PreferenceSample("", positive.get(i), negative.get(i), null));
        }
        return pairs;
    }

    private static List<String> side(List<LabelledSample> samples, String label, long seed, long side) {
        List<String> texts = samples.stream()
                .filter(sample -> sample.label().equals(label))
                .map(LabelledSample::text)
                .toList();
        if (texts.isEmpty()) {
            Map<String, Long> found = samples.stream()
                    .collect(Collectors.groupingBy(LabelledSample::label, TreeMap::new, Collectors.counting()));
            throw UserError.data("pairs: no text has the label `" + label + "`; labels found (with counts): " + found
                    + "; set pairs.positive and pairs.negative to two of them");
        }
        int[] order = KeyedRandom.of(seed, side).permutation(texts.size());
        List<String> shuffled = new ArrayList<>(texts.size());
        for (int i : order) {
            shuffled.add(texts.get(i));
        }
        return shuffled;
    }
}
