package dev.trefoil.rl;

/** Whose conventions a trajectory follows. */
public enum Era {
    /**
     * TRL v0.4 to v0.11 ({@code trl/trainer/ppo_trainer.py}): one mask, the score on the last response token, rewards that are
     * not masked again after whitening.
     */
    CLASSIC,

    /**
     * TRL v1.0 ({@code trl/experimental/ppo/ppo_trainer.py}): values keep one position more than log-probabilities, the score
     * lands one position behind the last response token where there is room, log-probabilities at padding are 1.
     */
    V1
}
