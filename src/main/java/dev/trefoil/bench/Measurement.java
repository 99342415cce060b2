package dev.trefoil.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One result.
 *
 * @param environment where and with what it was measured
 */
public record Measurement(Timing timing, PeakMemory memory, BenchConfig config, Environment environment) {

    /** The work's word, such as {@code sft}. */
    public String work() {
        return timing.work().key();
    }

    /** For JSON: seconds, bytes and tokens per second, all digits. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("work", work());
        map.put("shape", timing.shape());
        map.put("engine", Shapes.of(config.engine().decided()));
        map.put("unit", timing.unit());
        map.put("tokens", timing.tokens());
        map.put("warmup", config.warmup());
        map.put("seed", config.seed());
        map.put("seconds", timing.seconds());
        map.put("best_s", timing.best());
        map.put("median_s", timing.median());
        map.put("worst_s", timing.worst());
        map.put("spread", timing.spread());
        map.put("tokens_per_s", timing.tokensPerSecond());
        map.put("best_tokens_per_s", timing.tokens() / timing.best());
        if (!timing.parts().isEmpty()) {
            Map<String, Object> parts = new LinkedHashMap<>();
            timing.parts().forEach((name, seconds) -> parts.put(name, Timing.median(seconds)));
            map.put("median_parts_s", parts);
        }
        map.putAll(memory.toMap());
        map.putAll(environment.toMap());
        return map;
    }
}
