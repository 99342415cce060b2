package dev.trefoil.doctor;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A rule that fired.
 *
 * @param step after which it fired; 0 before the first
 * @param found what was found and what is wanted
 */
public record Finding(long step, Advice advice, Severity severity, String found) {

    /** For people: what, why, what to do. */
    public String toText() {
        String when = step == 0 ? "before the first step" : "step " + step;
        return "doctor, " + (severity == Severity.STOP ? "stop" : "warning") + ": " + advice.name() + ", " + when + ": "
                + found + "\n  cause: " + advice.cause() + "\n  fix: " + advice.fix() + "\n  see: "
                + advice.source();
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("step", step);
        map.put("rule", advice.name());
        map.put("severity", severity.name().toLowerCase(Locale.ROOT));
        map.put("found", found);
        map.put("cause", advice.cause());
        map.put("fix", advice.fix());
        map.put("source", advice.source());
        return map;
    }
}
