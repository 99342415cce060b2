package dev.trefoil.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;

/** Configuration records as maps with the keys of their files. */
final class Shapes {

    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    private Shapes() {}

    static Map<String, Object> of(Record config) {
        return JSON.convertValue(config, new TypeReference<>() {});
    }
}
