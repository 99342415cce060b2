package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.List;

/** A model around other models: its scores are its answers, if none is missing. */
interface ComposedReward extends RewardModel {

    @Override
    List<RewardAnswer> answers(List<RewardSample> batch);

    @Override
    default List<RewardScore> score(List<RewardSample> batch) throws RewardException {
        List<RewardScore> scores = new ArrayList<>();
        for (RewardAnswer answer : answers(batch)) {
            if (answer.isMissing()) {
                throw answer.fault();
            }
            scores.add(answer.score());
        }
        return scores;
    }
}
