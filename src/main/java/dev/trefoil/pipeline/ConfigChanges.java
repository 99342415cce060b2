package dev.trefoil.pipeline;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** The keys by which two configurations differ. */
final class ConfigChanges {

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

    /** Values keep the form in which they were stored: a number read and written again would look like a change of its own. */
    private static Map<String, String> keys(String yaml) {
        Map<String, String> found = new TreeMap<>();
        try {
            flatten(new Yaml().compose(new StringReader(yaml)), "", found);
        } catch (YAMLException damaged) {
            found.clear();
        }
        return found;
    }

    private static void flatten(Node node, String path, Map<String, String> found) {
        if (node instanceof MappingNode section) {
            for (NodeTuple field : section.getValue()) {
                String key = ((ScalarNode) field.getKeyNode()).getValue();
                flatten(field.getValueNode(), path.isEmpty() ? key : path + "." + key, found);
            }
        } else if (node instanceof SequenceNode list) {
            for (int i = 0; i < list.getValue().size(); i++) {
                flatten(list.getValue().get(i), path + "[" + i + "]", found);
            }
        } else if (node instanceof ScalarNode scalar) {
            found.put(path, scalar.getValue());
        }
    }
}
