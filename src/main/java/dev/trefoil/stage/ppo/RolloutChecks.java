package dev.trefoil.stage.ppo;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;

/** What a run must hear that leaves too much out. */
final class RolloutChecks {

    /** Guarded rollouts in a row after which going on is no use. */
    static final int MOST_GUARDED_IN_A_ROW = 5;

    /** Rollouts in a row without a single score after which going on is no use. */
    static final int MOST_EMPTY_IN_A_ROW = 5;

    private RolloutChecks() {}

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
