package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A weighted sum of other models. Each is a named part of the result, with its own score before the weight; a weight of 0 is for a
 * score that is only watched. A sample that lacks one of the scores has no sum; it is dropped if the models that failed drop it.
 */
final class WeightedReward implements ComposedReward {

    /** One summand. */
    record Part(String name, double weight, RewardModel model) {}

    private final String name;
    private final List<Part> parts;

    WeightedReward(String name, List<Part> parts) {
        this.name = name;
        this.parts = List.copyOf(parts);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardAnswer> answers(List<RewardSample> batch) {
        List<List<RewardAnswer>> all = new ArrayList<>();
        parts.forEach(part -> all.add(RewardModel.judged(part.model(), batch)));
        List<RewardAnswer> sums = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            int sample = i;
            sums.add(sum(i, all.stream().map(answers -> answers.get(sample)).toList()));
        }
        return sums;
    }

    private RewardAnswer sum(int sample, List<RewardAnswer> answers) {
        List<RewardAnswer> missing =
                answers.stream().filter(RewardAnswer::isMissing).toList();
        if (!missing.isEmpty()) {
            return missing.stream()
                    .filter(answer -> !answer.dropped())
                    .findFirst()
                    .orElse(missing.get(0));
        }
        double sum = 0;
        double[] tokens = null;
        Map<String, Double> named = new LinkedHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            RewardScore score = answers.get(i).score();
            sum += parts.get(i).weight() * score.score();
            named.put(parts.get(i).name(), score.score());
            tokens = score.hasTokenScores() ? longer(tokens, score.tokenScores()) : tokens;
        }
        try {
            return RewardAnswer.of(new RewardScore(sum, tokens == null ? null : perToken(tokens, answers), named));
        } catch (IllegalArgumentException unfit) {
            return RewardAnswer.failed(new RewardException(name, sample, "cannot be summed: " + unfit.getMessage()));
        }
    }

    private static double[] longer(double[] tokens, double[] found) {
        if (tokens != null && tokens.length != found.length) {
            return new double[Math.max(tokens.length, found.length)];
        }
        return new double[found.length];
    }

    /** Token by token; a part without token scores gives its score to the last token. */
    private double[] perToken(double[] zeros, List<RewardAnswer> answers) {
        double[] sums = zeros.clone();
        for (int i = 0; i < parts.size(); i++) {
            RewardScore score = answers.get(i).score();
            double weight = parts.get(i).weight();
            if (!score.hasTokenScores()) {
                sums[sums.length - 1] += weight * score.score();
                continue;
            }
            double[] tokens = score.tokenScores();
            if (tokens.length != sums.length) {
                throw new IllegalArgumentException("the parts have token scores for different numbers of tokens");
            }
            for (int t = 0; t < tokens.length; t++) {
                sums[t] += weight * tokens[t];
            }
        }
        return sums;
    }

    @Override
    public Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>();
        parts.forEach(part -> part.model().counts().forEach((what, count) -> counts.merge(what, count, Long::sum)));
        return counts;
    }

    @Override
    public Map<String, Double> state() {
        Map<String, Double> state = new LinkedHashMap<>();
        parts.forEach(part -> part.model().state().forEach((key, value) -> state.put(part.name() + "/" + key, value)));
        return state;
    }

    @Override
    public void restore(Map<String, Double> state) {
        for (Part part : parts) {
            Map<String, Double> own = new LinkedHashMap<>();
            String prefix = part.name() + "/";
            state.forEach((key, value) -> {
                if (key.startsWith(prefix)) {
                    own.put(key.substring(prefix.length()), value);
                }
            });
            part.model().restore(own);
        }
    }

    @Override
    public void close() {
        parts.forEach(part -> part.model().close());
    }
}
