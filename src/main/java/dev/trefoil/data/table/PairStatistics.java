package dev.trefoil.data.table;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What is to be known of preference pairs before a reward model is trained on them. */
final class PairStatistics {

    private long pairs;
    private long equal;
    private double longer;
    private final Set<Integer> prompts = new HashSet<>();

    void add(Object prompt, String chosen, String rejected) {
        pairs++;
        equal += chosen.equals(rejected) ? 1 : 0;
        longer += Math.signum(chosen.length() - rejected.length()) / 2 + 1.0 / 2;
        prompts.add(String.valueOf(prompt).hashCode());
    }

    Map<String, Object> describe() {
        Map<String, Object> described = new LinkedHashMap<>();
        if (pairs > 0) {
            described.put("pairs", pairs);
            described.put("prompts", prompts.size());
            described.put("equal", equal);
            described.put("longer_chosen", longer / pairs);
        }
        return described;
    }
}
