package dev.trefoil.stage.ppo;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.util.Locale;

/** What must hold if policy, old policy and reference are the same thing, and what a run that left too much out must hear. */
final class StartChecks {

    /** Guarded rollouts in a row after which going on is no use. */
    static final int MOST_GUARDED_IN_A_ROW = 5;

    /** Rollouts in a row without a single score after which going on is no use. */
    static final int MOST_EMPTY_IN_A_ROW = 5;

    private StartChecks() {}

    /**
     * Before the first update the trained adapter changes nothing, so policy and reference must agree to the bit.
     *
     * @throws UserError (refused) if they do not
     */
    static void klIsZero(Experience experience) {
        double largest = experience.largestKl();
        if (largest != 0) {
            throw new UserError(
                    ExitCode.REFUSED,
                    String.format(
                            Locale.ROOT,
                            "step 0: policy and reference differ by up to %.3g nats a token before any training, wanted "
                                    + "exactly 0. Likely causes: the reference lacks an adapter that the policy has, the new "
                                    + "adapter does not start from zero, or the engine does not repeat its own results (try "
                                    + "engine.compute: fp32, or one thread)",
                            largest));
        }
    }

    /**
     * The first mini-batch is read twice by one policy, once without and once with what training keeps.
     *
     * @throws UserError (refused) if the two readings differ
     */
    static void ratioIsOne(PpoUpdate.Outcome outcome) {
        if (outcome.firstLogRatio() != 0) {
            throw new UserError(
                    ExitCode.REFUSED,
                    String.format(
                            Locale.ROOT,
                            "step 0: the ratio of new to old probability is up to %.6g in the first mini-batch before any "
                                    + "update, wanted exactly 1. Likely causes: dropout is on, the pass for training does not "
                                    + "compute what the pass for reading does, or the engine does not repeat its own results "
                                    + "(try engine.compute: fp32, or one thread)",
                            Math.exp(outcome.firstLogRatio())));
        }
    }

    /** @throws UserError (failed) when too many rollouts in a row were dropped as a whole */
    static void someAreScored(PpoProgress at, Judge.Verdict verdict) {
        if (at.losses().emptyInARow() >= MOST_EMPTY_IN_A_ROW) {
            throw new UserError(
                    ExitCode.FAILED,
                    at.losses().emptyInARow() + " rollouts in a row have no score at all: " + verdict.describeDropped()
                            + "; mend the reward model, then go on with --resume");
        }
    }

    /**
     * @param inARow rollouts in a row of which the ratio guard left something out
     * @throws UserError (failed) when there were too many
     */
    static void guardIsRare(int inARow, PpoOptions options) {
        if (inARow >= MOST_GUARDED_IN_A_ROW) {
            throw new UserError(
                    ExitCode.FAILED,
                    "ppo.ratio_threshold: in " + inARow + " rollouts in a row the mean ratio went above "
                            + options.ratioThreshold()
                            + " and mini-batches were left out. The policy moves too far within a "
                            + "rollout: lower optim.learning_rate, take fewer ppo.ppo_epochs (now "
                            + options.ppoEpochs()
                            + "), set ppo.target_kl (such as 0.1) so that epochs end early, or clip with "
                            + "optim.max_grad_norm: 1");
        }
    }
}
