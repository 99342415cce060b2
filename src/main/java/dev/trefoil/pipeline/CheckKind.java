package dev.trefoil.pipeline;

import dev.trefoil.report.Rounded;
import dev.trefoil.report.page.Check;
import dev.trefoil.report.page.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** What a reproduction has to show, judged by the numbers that the run has left. */
public enum CheckKind {
    SFT_LOSS_FALLS("SFT loss falls", "the loss on held-out texts ends below its start") {
        @Override
        Verdict judge(Figures run) {
            return change(run, "sft.first.eval_loss", "sft.last.eval_loss", -1);
        }
    },
    REWARD_ABOVE_CHANCE("Reward accuracy above chance", "above 0.5 by 3 standard errors of a coin") {
        @Override
        Verdict judge(Figures run) {
            OptionalDouble accuracy = run.number("reward.evaluation.accuracy");
            OptionalDouble pairs = run.number("reward.evaluation.pairs");
            if (accuracy.isEmpty() || pairs.isEmpty()) {
                return Verdict.UNKNOWN;
            }
            double limit = CHANCE + SIGMAS * CHANCE / Math.sqrt(pairs.getAsDouble());
            return new Verdict(
                    accuracy.getAsDouble() > limit,
                    Rounded.of(accuracy.getAsDouble()) + " on " + Rounded.of(pairs.getAsDouble())
                            + " held-out pairs; the limit is " + Rounded.of(limit));
        }
    },
    REWARD_RISES("Reward rises", "the mean reward of held prompts ends above its start") {
        @Override
        Verdict judge(Figures run) {
            return change(run, "ppo.first.eval_env/reward_mean", "ppo.last.eval_env/reward_mean", 1);
        }
    },
    KL_IN_RANGE(
            "KL stays in the healthy range",
            "0 to 10 nats at every step; an estimate from N responses may lie 4.5/N below 0") {
        @Override
        Verdict judge(Figures run) {
            OptionalDouble least = run.number("ppo.min.objective/kl");
            OptionalDouble most = run.number("ppo.max.objective/kl");
            // Counted over the run: after the first step it is the responses of one.
            OptionalDouble responses = run.number("ppo.first.episode");
            if (least.isEmpty() || most.isEmpty() || responses.isEmpty()) {
                return Verdict.UNKNOWN;
            }
            double limit = lowestEstimate(responses.getAsDouble());
            return new Verdict(
                    least.getAsDouble() >= limit && most.getAsDouble() <= LARGEST_KL,
                    Rounded.of(least.getAsDouble()) + " to " + Rounded.of(most.getAsDouble()) + " nats; with "
                            + Rounded.of(responses.getAsDouble()) + " responses a step the lower limit is "
                            + Rounded.of(limit));
        }
    },
    FIRST_KL_ZERO("KL of the first step is zero", "exactly 0: the policy begins as the reference") {
        @Override
        Verdict judge(Figures run) {
            OptionalDouble first = run.number("ppo.first.objective/kl");
            return first.isEmpty()
                    ? Verdict.UNKNOWN
                    : new Verdict(first.getAsDouble() == 0, Double.toString(first.getAsDouble()) + " nats");
        }
    };

    private static final double CHANCE = 0.5;
    private static final double SIGMAS = 3;

    /** TRL's FAQ: a sound run's KL lies between 0 and 10. */
    private static final double LARGEST_KL = 10;

    private final String title;
    private final String wanted;

    CheckKind(String title, String wanted) {
        this.title = title;
        this.wanted = wanted;
    }

    /** Whether it holds, and the numbers. */
    record Verdict(boolean holds, String found) {
        static final Verdict UNKNOWN = new Verdict(false, "not measured");
    }

    abstract Verdict judge(Figures run);

    /**
     * How far below 0 chance may take the mean log-ratio of a step's responses, whose true mean, the KL, is never negative.
     *
     * <p>Where policy and reference are close, the log-ratio r of a response has the variance 2 KL: with p for the policy's
     * probabilities, exp(-r) averages 1 under p, and to second order that is E[r] = E[r²]/2. The mean of N responses lies
     * {@value #SIGMAS} standard errors below the KL at KL - 3 sqrt(2 KL / N), which is least at KL = 4.5/N, and is -4.5/N there:
     * no sound run comes lower, whatever its KL, but for a chance of 0.1 % a step.
     *
     * @param responses N, of one step
     * @return nats, below 0
     */
    static double lowestEstimate(double responses) {
        return -SIGMAS * SIGMAS / 2 / responses;
    }

    private static Verdict change(Figures run, String before, String after, int sign) {
        OptionalDouble first = run.number(before);
        OptionalDouble last = run.number(after);
        if (first.isEmpty() || last.isEmpty()) {
            return Verdict.UNKNOWN;
        }
        return new Verdict(
                sign * (last.getAsDouble() - first.getAsDouble()) > 0,
                Rounded.of(first.getAsDouble()) + " to " + Rounded.of(last.getAsDouble()));
    }

    /**
     * Judges a run.
     *
     * @param asked the checks that count; the others are shown
     */
    static List<Check> all(Figures run, List<CheckKind> asked) {
        List<Check> checks = new ArrayList<>();
        for (CheckKind kind : values()) {
            Verdict verdict = kind.judge(run);
            Check.Outcome outcome = !asked.contains(kind)
                    ? Check.Outcome.NOT_ASKED
                    : verdict.holds() ? Check.Outcome.PASSED : Check.Outcome.FAILED;
            checks.add(new Check(kind.title, outcome, verdict.found(), kind.wanted));
        }
        return checks;
    }
}
