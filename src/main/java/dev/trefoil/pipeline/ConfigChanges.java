package dev.trefoil.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The keys by which two configurations differ. */
final class ConfigChanges {

    private static final YAMLMapper YAML = YAMLMapper.builder().build();
    private static final int MOST_SHOWN = 5;
    private static final String ABSENT = "absent";

    private ConfigChanges() {}

    /** Such as {@code train.max_steps (50 then, 100 now)}; the first few of them. */
    static List<String> between(String then, String now) {
        Map<String, String> before = keys(then);
        Map<String, String> after = keys(now);
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

    private static Map<String, String> keys(String yaml) {
        Map<String, String> found = new TreeMap<>();
        try {
            flatten(YAML.readTree(yaml), "", found);
        } catch (JsonProcessingException damaged) {
            found.clear();
        }
        return found;
    }

    private static void flatten(JsonNode node, String path, Map<String, String> found) {
        if (node.isObject() && node.size() > 0) {
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                flatten(field.getValue(), path.isEmpty() ? field.getKey() : path + "." + field.getKey(), found);
            }
        } else {
            found.put(path, node.isValueNode() ? node.asText() : node.toString());
        }
    }
}
