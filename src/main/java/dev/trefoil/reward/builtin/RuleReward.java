package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A sum of text rules: each pattern found in the response adds its score per match, up to a number of matches. */
final class RuleReward implements RewardModel {

    /**
     * One rule.
     *
     * @param name the part under which its share of the score is reported
     * @param score what each match adds
     * @param most matches that count
     */
    private record Rule(String name, Pattern pattern, double score, int most) {

        static Rule of(Map<String, Object> values, int index) {
            Options options = new Options(values);
            String pattern = options.text("pattern");
            try {
                Rule rule = new Rule(
                        options.text("name", "rule " + index),
                        Pattern.compile(pattern, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE),
                        options.number("score", 1, -1e6, 1e6),
                        options.count("most", 1, 1, 1_000_000));
                options.done();
                return rule;
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        "pattern: '" + pattern + "' is not a regular expression: " + e.getDescription());
            }
        }

        double apply(String text) {
            Matcher matcher = pattern.matcher(text);
            int matches = 0;
            while (matches < most && matcher.find()) {
                matches++;
            }
            return matches * score;
        }
    }

    private final String name;
    private final List<Rule> rules;

    private RuleReward(String name, List<Rule> rules) {
        this.name = name;
        this.rules = List.copyOf(rules);
    }

    static RuleReward create(String name, Map<String, Object> values) {
        Options options = new Options(values);
        List<Rule> rules = new ArrayList<>();
        for (Map<String, Object> rule : options.maps("rules")) {
            try {
                rules.add(Rule.of(rule, rules.size()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("rules[" + rules.size() + "]." + e.getMessage(), e);
            }
        }
        options.done();
        if (rules.isEmpty()) {
            throw new IllegalArgumentException("rules: is empty; at least one rule with a pattern is wanted");
        }
        return new RuleReward(name, rules);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) {
        return batch.stream().map(sample -> score(sample.response())).toList();
    }

    private RewardScore score(String text) {
        Map<String, Double> parts = new LinkedHashMap<>();
        double sum = 0;
        for (Rule rule : rules) {
            double value = rule.apply(text);
            parts.merge(rule.name(), value, Double::sum);
            sum += value;
        }
        return new RewardScore(sum, null, parts);
    }
}
