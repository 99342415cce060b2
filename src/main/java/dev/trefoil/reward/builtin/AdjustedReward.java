package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import dev.trefoil.rl.RunningMoments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The scores of another model, clipped or normalised. The score before that is kept as the part {@code raw}. Token scores are not
 * adjusted; a sample that has them is a fault.
 */
final class AdjustedReward implements ComposedReward {

    private static final String RAW = "raw";
    private static final double SMALLEST_STD = 1e-8;

    /** How scores are changed. */
    private interface Adjustment {

        /** Looks at the raw scores of a batch, before they are adjusted. */
        default void see(double[] scores) {}

        double adjust(double score);

        default Map<String, Double> state() {
            return Map.of();
        }

        default void restore(Map<String, Double> state) {}
    }

    private record Clip(double least, double most) implements Adjustment {

        @Override
        public double adjust(double score) {
            return Math.min(Math.max(score, least), most);
        }
    }

    /** By mean and standard deviation of all scores so far, this batch among them; they stay once enough have been seen. */
    private static final class Normalise implements Adjustment {

        private final boolean centred;
        private final int freezeAfter;
        private RunningMoments moments = RunningMoments.empty();

        Normalise(boolean centred, int freezeAfter) {
            this.centred = centred;
            this.freezeAfter = freezeAfter;
        }

        @Override
        public void see(double[] scores) {
            moments = freezeAfter > 0 && moments.count() >= freezeAfter ? moments : moments.after(scores);
        }

        @Override
        public double adjust(double score) {
            return (score - (centred ? moments.mean() : 0)) / Math.max(moments.std(), SMALLEST_STD);
        }

        @Override
        public Map<String, Double> state() {
            return Map.of(
                    "mean", moments.mean(),
                    "std", moments.std(),
                    "variance", moments.variance(),
                    "count", moments.count());
        }

        @Override
        public void restore(Map<String, Double> state) {
            moments = state.isEmpty()
                    ? RunningMoments.empty()
                    : new RunningMoments(
                            state.get("mean"), state.get("std"), state.get("variance"), state.get("count"));
        }
    }

    private final String name;
    private final RewardModel model;
    private final Adjustment adjustment;

    private AdjustedReward(String name, RewardModel model, Adjustment adjustment) {
        this.name = name;
        this.model = model;
        this.adjustment = adjustment;
    }

    /** Scores below {@code least} become it, and those above {@code most} that. */
    static AdjustedReward clip(String name, RewardModel model, double least, double most) {
        return new AdjustedReward(name, model, new Clip(least, most));
    }

    /**
     * Scores divided by their running standard deviation.
     *
     * @param centred whether their running mean is subtracted before
     * @param freezeAfter scores after which mean and deviation stay as they are; 0 for never
     */
    static AdjustedReward normalise(String name, RewardModel model, boolean centred, int freezeAfter) {
        return new AdjustedReward(name, model, new Normalise(centred, freezeAfter));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardAnswer> answers(List<RewardSample> batch) {
        List<RewardAnswer> raw = RewardModel.judged(model, batch);
        adjustment.see(raw.stream()
                .filter(answer -> !answer.isMissing())
                .mapToDouble(answer -> answer.score().score())
                .toArray());
        List<RewardAnswer> adjusted = new ArrayList<>();
        for (RewardAnswer answer : raw) {
            adjusted.add(answer.isMissing() ? answer : adjusted(adjusted.size(), answer.score()));
        }
        return adjusted;
    }

    private RewardAnswer adjusted(int sample, RewardScore raw) {
        if (raw.hasTokenScores()) {
            return RewardAnswer.failed(new RewardException(
                    name,
                    sample,
                    "has token scores, which are neither clipped nor normalised; use the model as it is"));
        }
        Map<String, Double> parts = new LinkedHashMap<>(raw.parts());
        parts.put(RAW, raw.score());
        return RewardAnswer.of(new RewardScore(adjustment.adjust(raw.score()), null, parts));
    }

    @Override
    public Map<String, Long> counts() {
        return model.counts();
    }

    @Override
    public Map<String, Double> state() {
        Map<String, Double> state = new LinkedHashMap<>(adjustment.state());
        model.state().forEach((key, value) -> state.put("of/" + key, value));
        return state;
    }

    @Override
    public void restore(Map<String, Double> state) {
        Map<String, Double> own = new LinkedHashMap<>();
        Map<String, Double> inner = new LinkedHashMap<>();
        state.forEach((key, value) -> {
            if (key.startsWith("of/")) {
                inner.put(key.substring("of/".length()), value);
            } else {
                own.put(key, value);
            }
        });
        adjustment.restore(own);
        model.restore(inner);
    }

    @Override
    public void close() {
        model.close();
    }
}
