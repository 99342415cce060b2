package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The reward rises while what training does not see falls. */
final class RewardHacking implements LiveRule {

    static final Advice ADVICE = new Advice(
            "reward_hacking",
            Severity.WARN,
            "the policy has found what the reward model likes and people do not",
            "stop at an earlier checkpoint, raise ppo.kl.coef, train the reward model on such texts, look "
                    + "at samples.jsonl",
            "the StackLLaMA blog's back-ticks, trl#204, trl#242; Gao et al. 2022, Scaling laws for reward "
                    + "model overoptimization");

    /** A rise of so many standard deviations of single scores is none by chance. */
    private static final double RISE = 0.5;

    private static final double FALL = 0.2;
    private static final double LEAST_FALL = 0.05;
    private static final double VARIETY = 0.7;

    private final Course reward = new Course(3);
    private final Course distinct = new Course(3);
    private double spread = Double.NaN;
    private double heldBefore = Double.NaN;
    private double heldSpread = Double.NaN;
    private double judgeBefore = Double.NaN;

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        Double held = metrics.get("eval_env/reward_mean");
        Double judge = metrics.get("eval_judge/reward_mean");
        if (held != null && judge != null) {
            if (Double.isNaN(judgeBefore)) {
                heldBefore = held;
                judgeBefore = judge;
                heldSpread = metrics.getOrDefault("eval_env/reward_std", 0.0);
            } else if (held - heldBefore > RISE * heldSpread
                    && judgeBefore - judge > Math.max(LEAST_FALL, FALL * Math.abs(judgeBefore))) {
                return Optional.of(String.format(
                        Locale.ROOT,
                        "on held prompts the reward rose from %.3g to %.3g while the judge fell from %.3g to %.3g",
                        heldBefore,
                        held,
                        judgeBefore,
                        judge));
            }
        }
        return withoutJudge(metrics);
    }

    private Optional<String> withoutJudge(Map<String, Double> metrics) {
        reward.add(metrics.get("env/reward_mean"));
        distinct.add(metrics.get("tokens/distinct_bigrams"));
        spread = Double.isNaN(spread) ? metrics.getOrDefault("env/reward_std", Double.NaN) : spread;
        boolean rose = reward.hasMoved() && reward.last() - reward.first() > RISE * spread;
        return rose && distinct.hasMoved() && distinct.last() < VARIETY * distinct.first()
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "the reward rose from %.3g to %.3g while distinct pairs of tokens fell from %.2f to %.2f",
                        reward.first(),
                        reward.last(),
                        distinct.first(),
                        distinct.last()))
                : Optional.empty();
    }
}
