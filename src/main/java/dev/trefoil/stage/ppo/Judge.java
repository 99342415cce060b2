package dev.trefoil.stage.ppo;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.List;

/** Asks a reward model and turns its faults into messages. */
record Judge(RewardModel model) implements AutoCloseable {

    /**
     * Scores [B].
     *
     * @param tokenScores null when no response has token scores; else [B], null where a response has none
     */
    record Verdict(double[] scores, List<double[]> tokenScores) {}

    Verdict judge(List<RewardSample> samples) {
        try {
            List<RewardScore> scores = RewardModel.checked(model, samples);
            List<double[]> perToken = new ArrayList<>();
            scores.forEach(score -> perToken.add(score.tokenScores()));
            boolean any = scores.stream().anyMatch(RewardScore::hasTokenScores);
            return new Verdict(scores.stream().mapToDouble(RewardScore::score).toArray(), any ? perToken : null);
        } catch (RewardException fault) {
            throw new UserError(
                    ExitCode.FAILED, fault.getMessage() + "; mend the reward model, then go on with --resume", fault);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
