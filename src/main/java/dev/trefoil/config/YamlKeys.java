package dev.trefoil.config;

import java.io.StringReader;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** A stored configuration as keys and values, for comparing two of them. */
public final class YamlKeys {

    private YamlKeys() {}

    /**
     * Each value by its whole key, such as {@code train.max_steps} or {@code data.path[0]}, in order of the keys. Values keep the form in
     * which they were stored: a number read and written again would look like a change of its own.
     *
     * @return empty when the text is no YAML
     */
    public static Map<String, String> of(String yaml) {
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
