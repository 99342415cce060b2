package dev.trefoil.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How varied a set of texts is; a policy that games its reward repeats itself, within a text or across texts.
 *
 * @param texts number of texts
 * @param meanLength items (words or tokens) per text
 * @param distinctBigrams distinct pairs of neighbours over all pairs, pooled over all texts; 1 is all different; NaN without pairs
 * @param repeatedShare share of 3-item windows that occurred before in the same text; 0 is no repetition; NaN without windows
 * @param distinctTexts distinct texts over all texts
 */
public record TextVariety(
        int texts, double meanLength, double distinctBigrams, double repeatedShare, double distinctTexts) {

    private static final int WINDOW = 3;

    /** Of texts, by lower-case words between white space. */
    public static TextVariety ofTexts(List<String> texts) {
        return of(texts.stream()
                .map(text -> text.toLowerCase(Locale.ROOT).strip())
                .map(text -> text.isEmpty() ? List.<String>of() : List.of(text.split("\\s+")))
                .toList());
    }

    /** Of token ids, without padding. */
    public static TextVariety ofTokens(List<int[]> texts) {
        return of(texts.stream().map(ids -> Arrays.stream(ids).boxed().toList()).toList());
    }

    private static <T> TextVariety of(List<List<T>> texts) {
        Set<List<T>> pairs = new HashSet<>();
        long pairCount = 0;
        long windows = 0;
        long repeated = 0;
        long items = 0;
        for (List<T> text : texts) {
            items += text.size();
            for (List<T> pair : windows(text, 2)) {
                pairs.add(pair);
                pairCount++;
            }
            Set<List<T>> seen = new HashSet<>();
            for (List<T> window : windows(text, WINDOW)) {
                repeated += seen.add(window) ? 0 : 1;
                windows++;
            }
        }
        int count = texts.size();
        return new TextVariety(
                count,
                share(items, count),
                share(pairs.size(), pairCount),
                share(repeated, windows),
                share(new HashSet<>(texts).size(), count));
    }

    public String toText() {
        return new NumberTable("Variety of texts")
                .add("texts", texts)
                .add("mean length", meanLength)
                .add("distinct bigrams", distinctBigrams)
                .add("repeated trigrams", repeatedShare)
                .add("distinct texts", distinctTexts)
                .toText();
    }

    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("texts", texts);
        map.put("mean_length", NumberTable.json(meanLength));
        map.put("distinct_bigrams", NumberTable.json(distinctBigrams));
        map.put("repeated_trigrams", NumberTable.json(repeatedShare));
        map.put("distinct_texts", NumberTable.json(distinctTexts));
        return map;
    }

    private static <T> List<List<T>> windows(List<T> text, int size) {
        List<List<T>> windows = new ArrayList<>();
        for (int start = 0; start + size <= text.size(); start++) {
            windows.add(List.copyOf(text.subList(start, start + size)));
        }
        return windows;
    }

    private static double share(long part, long whole) {
        return whole == 0 ? Double.NaN : (double) part / whole;
    }
}
