package dev.trefoil.config;

import java.io.StringReader;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
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
        LoaderOptions options = new LoaderOptions();
        // A stored configuration has none; with them a line of text could stand for millions of values, or for itself.
        options.setMaxAliasesForCollections(0);
        try {
            flatten(new Yaml(options).compose(new StringReader(yaml)), "", found);
        } catch (YAMLException | IllegalArgumentException damaged) {
            found.clear();
        }
        return found;
    }

    private static void flatten(Node node, String path, Map<String, String> found) {
        if (node instanceof MappingNode section) {
            for (NodeTuple field : section.getValue()) {
                if (!(field.getKeyNode() instanceof ScalarNode name)) {
                    throw new YAMLException("a key that is no text");
                }
                String key = path.isEmpty() ? name.getValue() : path + "." + name.getValue();
                flatten(field.getValueNode(), key, found);
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
