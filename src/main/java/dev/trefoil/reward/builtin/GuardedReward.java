package dev.trefoil.reward.builtin;

import dev.trefoil.reward.PartialScoring;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A reward model under a failure policy: asks again, or marks as dropped, what has no score. Every fault is counted. */
final class GuardedReward implements ComposedReward {

    private final RewardModel model;
    private final FailurePolicy policy;
    private long failures;
    private long retries;

    GuardedReward(RewardModel model, FailurePolicy policy) {
        this.model = model;
        this.policy = policy;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public List<RewardAnswer> answers(List<RewardSample> batch) {
        if (policy.then() == FailurePolicy.Then.FAIL) {
            return allOrNothing(batch);
        }
        RewardAnswer[] found = new RewardAnswer[batch.size()];
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            open.add(i);
        }
        for (int retry = 0; !open.isEmpty(); retry++) {
            open = ask(batch, open, found);
            if (open.isEmpty() || retry == policy.retries() || !pause(retry)) {
                break;
            }
            retries += open.size();
        }
        if (policy.then() == FailurePolicy.Then.DROP) {
            Arrays.setAll(found, i -> found[i].isMissing() ? RewardAnswer.dropped(found[i].fault()) : found[i]);
        }
        return Arrays.asList(found);
    }

    /** Does not go on asking when the work will end anyway. */
    private List<RewardAnswer> allOrNothing(List<RewardSample> batch) {
        try {
            return RewardModel.checked(model, batch).stream()
                    .map(RewardAnswer::of)
                    .toList();
        } catch (RewardException fault) {
            failures++;
            return Collections.nCopies(batch.size(), RewardAnswer.failed(fault));
        }
    }

    /** Asks for the open samples; returns those for which it is worth asking again. */
    private List<Integer> ask(List<RewardSample> batch, List<Integer> open, RewardAnswer[] found) {
        List<RewardAnswer> answers =
                RewardModel.judged(model, open.stream().map(batch::get).toList());
        List<Integer> again = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            int place = open.get(i);
            RewardAnswer answer = PartialScoring.placed(answers.get(i), i, place);
            found[place] = answer;
            if (answer.isMissing()) {
                failures++;
                if (!answer.dropped() && !answer.fault().isPermanent()) {
                    again.add(place);
                }
            }
        }
        return again;
    }

    private boolean pause(int retry) {
        try {
            Thread.sleep(policy.pause(retry).toMillis());
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Those of the model, and {@code failures}: missing scores, also those that a retry brought; {@code retries}: samples asked again. */
    @Override
    public Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>(model.counts());
        counts.merge("failures", failures, Long::sum);
        counts.merge("retries", retries, Long::sum);
        return counts;
    }

    @Override
    public Map<String, Double> state() {
        return model.state();
    }

    @Override
    public void restore(Map<String, Double> state) {
        model.restore(state);
    }

    @Override
    public void close() {
        model.close();
    }
}
