package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A sum of text rules, each of which is a named part of the score. */
final class RuleReward implements RewardModel {

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
            throw new IllegalArgumentException("rules: is empty; at least one rule is wanted, such as {pattern: ...}");
        }
        return new RuleReward(name, rules);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) {
        return batch.stream().map(this::score).toList();
    }

    private RewardScore score(RewardSample sample) {
        Map<String, Double> parts = new LinkedHashMap<>();
        double sum = 0;
        for (Rule rule : rules) {
            double value = rule.score() * rule.measure().of(sample);
            parts.merge(rule.name(), value, Double::sum);
            sum += value;
        }
        return new RewardScore(sum, null, parts);
    }
}
