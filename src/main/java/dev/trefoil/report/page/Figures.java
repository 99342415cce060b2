package dev.trefoil.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.config.YamlKeys;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.report.Rounded;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything in a run that has a name, for texts that quote it: STAGE.first.METRIC, .last., .min. and .max.; STAGE.config.KEY;
 * STAGE.evaluation.KEY; STAGE.seconds, STAGE.own_bytes, STAGE.mapped_bytes; machine.
 */
public final class Figures {

    private static final Pattern QUOTED = Pattern.compile("\\{([^{}|]+)(?:\\|(percent|mib|duration))?}");

    /** A number without a fraction, written with one. */
    private static final Pattern WHOLE = Pattern.compile("^(-?\\d+)\\.0$");

    private static final double MIB = 1 << 20;
    private static final String UNKNOWN = "not measured";

    private final Map<String, String> texts = new TreeMap<>();
    private final Map<String, Double> numbers = new TreeMap<>();

    private Figures() {}

    /** The figures of a run. */
    public static Figures of(RunFiles run) {
        Figures figures = new Figures();
        for (StageRun stage : run.stages()) {
            String name = stage.name() + ".";
            YamlKeys.of(stage.config())
                    .forEach((key, value) -> figures.texts.put(
                            name + "config." + key, WHOLE.matcher(value).replaceFirst("$1")));
            stage.rows().forEach(row -> figures.add(name, row));
            figures.add(name + "evaluation", stage.evaluation());
            figures.put(name + "seconds", stage.seconds());
            StageFacts facts = stage.facts();
            if (facts != null) {
                figures.put(name + "own_bytes", facts.measured().ownBytes());
                figures.put(name + "mapped_bytes", facts.measured().mappedBytes());
                figures.texts.put("machine", facts.machine());
            }
        }
        return figures;
    }

    private void add(String name, MetricsLog.Row row) {
        row.metrics().forEach((metric, value) -> {
            if (Double.isFinite(value)) {
                numbers.putIfAbsent(name + "first." + metric, value);
                numbers.put(name + "last." + metric, value);
                numbers.merge(name + "min." + metric, value, Math::min);
                numbers.merge(name + "max." + metric, value, Math::max);
            }
        });
    }

    private void add(String name, JsonNode node) {
        if (node.isNumber()) {
            put(name, node.asDouble());
        }
        node.properties().forEach(field -> add(name + "." + field.getKey(), field.getValue()));
    }

    private void put(String name, double value) {
        if (Double.isFinite(value)) {
            numbers.put(name, value);
        }
    }

    /** A number by its name, if the run has it. */
    public OptionalDouble number(String name) {
        Double value = numbers.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** The text with what it quotes in braces filled in; what the run has not measured is said to be so. */
    public String fill(String text) {
        Matcher quoted = QUOTED.matcher(text);
        StringBuilder out = new StringBuilder();
        while (quoted.find()) {
            quoted.appendReplacement(out, Matcher.quoteReplacement(value(quoted.group(1), quoted.group(2))));
        }
        return quoted.appendTail(out).toString();
    }

    private String value(String name, String form) {
        Double number = numbers.get(name);
        if (number == null) {
            return texts.getOrDefault(name, UNKNOWN);
        }
        return form == null
                ? Rounded.of(number)
                : switch (form) {
                    case "percent" -> String.format(Locale.ROOT, "%.1f %%", 100 * number);
                    case "mib" -> String.format(Locale.ROOT, "%,.0f MiB", number / MIB);
                    default -> Rounded.duration(number);
                };
    }
}
