import dev.trefoil.reward.RewardFactory;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reward model @NAME@: change Model.score(RewardSample). */
public final class Score implements RewardFactory {

    private static final int WORDS = 20;

    @Override
    public String name() {
        return "@NAME@";
    }

    @Override
    public RewardModel create(Map<String, Object> options, Path folder) {
        if (!(options.getOrDefault("loud", 0.5) instanceof Number loud)) {
            throw new IllegalArgumentException("loud: was " + options.get("loud") + ", a number is wanted");
        }
        return new Model(name(), loud.doubleValue());
    }

    private record Model(String name, double loud) implements RewardModel {

        @Override
        public List<RewardScore> score(List<RewardSample> batch) {
            return batch.stream().map(this::score).toList();
        }

        /** The larger the better. A template: up to 20 words are good, exclamation marks are not. */
        private RewardScore score(RewardSample sample) {
            String text = sample.response().strip();
            double words = text.isEmpty() ? 0 : Math.min(text.split("\\s+").length, WORDS) / (double) WORDS;
            return RewardScore.of(words - loud * text.chars().filter(c -> c == '!').count());
        }
    }
}
