package example;

import dev.trefoil.reward.RewardFactory;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Rewards a response that ends with a full stop, and takes a little away for each exclamation mark. */
public final class CalmEnding implements RewardFactory {

    private static final double EXCLAMATION = 0.25;

    @Override
    public String name() {
        return "calm-ending";
    }

    @Override
    public RewardModel create(Map<String, Object> options, Path folder) {
        Object bonus = options.getOrDefault("bonus", 1.0);
        if (!(bonus instanceof Number number)) {
            throw new IllegalArgumentException("bonus: was " + bonus + ", a number is wanted");
        }
        return new Model(number.doubleValue());
    }

    private record Model(double bonus) implements RewardModel {

        @Override
        public String name() {
            return "calm-ending";
        }

        @Override
        public List<RewardScore> score(List<RewardSample> batch) {
            return batch.stream().map(this::score).toList();
        }

        private RewardScore score(RewardSample sample) {
            String response = sample.response().strip();
            double ending = response.endsWith(".") ? bonus : 0;
            double loud = -EXCLAMATION * response.chars().filter(c -> c == '!').count();
            return new RewardScore(ending + loud, null, Map.of("ending", ending, "loud", loud));
        }
    }
}
