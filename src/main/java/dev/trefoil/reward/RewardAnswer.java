package dev.trefoil.reward;

import java.util.Objects;

/**
 * What one sample came to: its score, or why it has none. Exactly one of the two is there.
 *
 * @param score null when there is none
 * @param fault why there is none, else null
 * @param dropped the sample may be left out and the work go on; false when a missing score must end the work
 */
public record RewardAnswer(RewardScore score, RewardException fault, boolean dropped) {

    public RewardAnswer {
        if ((score == null) == (fault == null)) {
            throw new IllegalArgumentException("either a score or a fault is wanted, had " + score + " and " + fault);
        }
        if (dropped && fault == null) {
            throw new IllegalArgumentException("only a sample without a score can be dropped");
        }
    }

    public static RewardAnswer of(RewardScore score) {
        return new RewardAnswer(Objects.requireNonNull(score, "score"), null, false);
    }

    /** A missing score that ends the work. */
    public static RewardAnswer failed(RewardException fault) {
        return new RewardAnswer(null, Objects.requireNonNull(fault, "fault"), false);
    }

    /** A missing score of a sample that may be left out. */
    public static RewardAnswer dropped(RewardException fault) {
        return new RewardAnswer(null, Objects.requireNonNull(fault, "fault"), true);
    }

    /** Whether there is no score. */
    public boolean isMissing() {
        return score == null;
    }
}
