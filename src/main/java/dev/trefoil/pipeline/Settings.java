package dev.trefoil.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;

/** Keys and values of a file as the overrides that {@link dev.trefoil.config.ConfigReader} takes. */
final class Settings {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Settings() {}

    static List<String> lines(Map<String, Object> values) {
        return values.entrySet().stream().map(Settings::line).toList();
    }

    /** JSON is YAML on one line, whatever the value holds. */
    private static String line(Map.Entry<String, Object> entry) {
        try {
            return entry.getKey() + "=" + JSON.writeValueAsString(entry.getValue());
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
