package dev.trefoil.token;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The filter {@code items}: the pairs of a map, in its order. */
final class PythonItems implements Filter {

    @Override
    public String getName() {
        return "items";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... args) {
        return value instanceof Map<?, ?> map ? pairs(map) : List.of();
    }

    static List<List<Object>> pairs(Map<?, ?> map) {
        List<List<Object>> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(Arrays.asList(key, value)));
        return pairs;
    }
}
