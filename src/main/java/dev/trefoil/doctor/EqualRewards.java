package dev.trefoil.doctor;

import java.util.Map;
import java.util.Optional;

/** Where all responses get one score, there is nothing to choose between. */
final class EqualRewards implements LiveRule {

    static final Advice ADVICE = new Advice(
            "equal_rewards",
            Severity.WARN,
            "the reward model answers the same to everything: a rule that never matches, a lexicon of "
                    + "another language, a head without weights",
            "score a few texts with `trefoil score`, and the pairs with `trefoil eval reward`",
            "trl#1379, trl#810, LLaMA-Factory#3902");

    private static final int STEPS = 3;

    private int equal;

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        Double spread = metrics.get("env/reward_std");
        equal = spread == null ? equal : spread == 0 ? equal + 1 : 0;
        return equal >= STEPS
                ? Optional.of("all rewards of a rollout were equal in " + equal + " steps in a row, wanted differences")
                : Optional.empty();
    }
}
