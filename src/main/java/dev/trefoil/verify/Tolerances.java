package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code tolerance} of a case: the word "exact", or numbers for everything and rules for quantities by name or pattern, such
 * as {@code "grad.*": {"rtol": 0.001, "atol": "1e-4 * max|grad|"}} or {@code "CB, CA": "exact, but one step at rounding ties"}.
 */
final class Tolerances {

    private static final Pattern NUMBER = Pattern.compile("[-+]?\\d+(\\.\\d*)?([eE][-+]?\\d+)?");

    private final Tolerance standard;
    private final Map<String, Tolerance> rules;

    private Tolerances(Tolerance standard, Map<String, Tolerance> rules) {
        this.standard = standard;
        this.rules = rules;
    }

    static Tolerances parse(Path file, JsonNode node) {
        if (node.isTextual()) {
            return new Tolerances(words(node.asText(), Tolerance.fp32()), Map.of());
        }
        Tolerance standard = numbers(file, "tolerance", node, Tolerance.fp32());
        Map<String, Tolerance> rules = new LinkedHashMap<>();
        node.properties().forEach(entry -> {
            JsonNode rule = entry.getValue();
            String where = "tolerance." + entry.getKey();
            if (rule.isObject() || rule.isTextual()) {
                Tolerance tolerance =
                        rule.isObject() ? numbers(file, where, rule, standard) : words(rule.asText(), standard);
                rules.put(entry.getKey(), tolerance);
                for (String name : entry.getKey().split(",")) {
                    rules.put(name.replaceAll("\\(.*\\)", "").strip(), tolerance);
                }
            }
        });
        return new Tolerances(standard, rules);
    }

    /**
     * The rule of that very name, else of the longest pattern that fits, else the gradient rule for names with a part "grad",
     * else the numbers for everything.
     */
    Tolerance of(String quantity) {
        Tolerance named = rules.get(quantity);
        if (named != null) {
            return named;
        }
        return rules.entrySet().stream()
                .filter(rule -> fits(rule.getKey(), quantity))
                .max(Comparator.comparingInt(rule -> rule.getKey().length()))
                .map(Map.Entry::getValue)
                .orElseGet(() -> isGradient(quantity) && !standard.exact() ? Tolerance.gradient() : standard);
    }

    private static boolean fits(String pattern, String quantity) {
        if (pattern.indexOf('*') < 0) {
            return false;
        }
        StringBuilder regex = new StringBuilder();
        for (String literal : pattern.split("\\*", -1)) {
            regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(literal));
        }
        return quantity.matches(regex.toString());
    }

    private static boolean isGradient(String quantity) {
        for (String part : quantity.split("\\.")) {
            if (part.equals("grad")) {
                return true;
            }
        }
        return false;
    }

    private static Tolerance numbers(Path file, String where, JsonNode node, Tolerance standard) {
        double rtol = node.path("rtol").asDouble(standard.rtol());
        double atol = standard.atol();
        double ofLargest = 0;
        JsonNode absolute = node.path("atol");
        if (absolute.isNumber()) {
            atol = absolute.asDouble();
        } else if (absolute.isTextual() && absolute.asText().contains("max")) {
            atol = 0;
            ofLargest = firstNumber(file, where + ".atol", absolute.asText());
        } else if (!absolute.isMissingNode()) {
            throw UserError.data(file + ": " + where + ".atol: found " + absolute
                    + ", wanted a number or a text like \"1e-4 * max|grad|\"");
        }
        JsonNode condition = node.path("only_where");
        double onlyWhereAbove =
                condition.isTextual() ? firstNumber(file, where + ".only_where", condition.asText()) : 0;
        double norm = node.path("relative_norm").asDouble(0);
        return new Tolerance(rtol, atol, ofLargest, norm, false, 0, onlyWhereAbove);
    }

    /** Rules in words: exact, one step at ties, or a bound on a difference that the check itself scales. */
    private static Tolerance words(String text, Tolerance standard) {
        int steps = text.contains("one step") || text.contains("one code step") ? 1 : 0;
        if (text.startsWith("exact") || steps > 0) {
            return new Tolerance(0, 0, 0, 0, true, steps, 0);
        }
        int bound = text.indexOf("<=");
        if (bound >= 0) {
            Matcher number = NUMBER.matcher(text.substring(bound));
            if (number.find()) {
                return Tolerance.of(0, Double.parseDouble(number.group()));
            }
        }
        return standard;
    }

    private static double firstNumber(Path file, String where, String text) {
        Matcher number = NUMBER.matcher(text);
        if (!number.find()) {
            throw UserError.data(file + ": " + where + ": found \"" + text + "\", wanted a text with a number");
        }
        return Double.parseDouble(number.group());
    }
}
