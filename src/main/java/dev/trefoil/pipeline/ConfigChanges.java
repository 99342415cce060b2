package dev.trefoil.pipeline;

import dev.trefoil.config.YamlKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The keys by which two configurations differ. */
final class ConfigChanges {

    private static final int MOST_SHOWN = 5;
    private static final String ABSENT = "absent";

    private ConfigChanges() {}

    /** Such as {@code train.max_steps (50 then, 100 now)}; the first few of them. */
    static List<String> between(String then, String now) {
        Map<String, String> before = YamlKeys.of(then);
        Map<String, String> after = YamlKeys.of(now);
        List<String> found = new ArrayList<>();
        Map<String, String> all = new TreeMap<>(before);
        after.forEach(all::putIfAbsent);
        for (String key : all.keySet()) {
            String old = before.getOrDefault(key, ABSENT);
            String current = after.getOrDefault(key, ABSENT);
            if (!old.equals(current)) {
                found.add(key + " (" + old + " then, " + current + " now)");
            }
        }
        return found.size() <= MOST_SHOWN
                ? found
                : List.of(String.join(", ", found.subList(0, MOST_SHOWN)), (found.size() - MOST_SHOWN) + " more keys");
    }
}
