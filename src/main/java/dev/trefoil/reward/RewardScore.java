package dev.trefoil.reward;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The judgement of one response. All numbers are finite; the constructor refuses others.
 *
 * @param score the judgement of the whole response; the larger, the better
 * @param tokenScores null, or one number per response token (the caller's {@link RewardSample#RESPONSE_TOKENS}), to be added at
 *     each token instead of {@code score} at the last one
 * @param parts named parts that explain the score, for tables and logs; they need not sum to it. Its order is kept.
 */
public record RewardScore(double score, double[] tokenScores, Map<String, Double> parts) {

    public RewardScore {
        finite("score", score);
        if (tokenScores != null) {
            tokenScores = tokenScores.clone();
            for (int i = 0; i < tokenScores.length; i++) {
                finite("token score " + i, tokenScores[i]);
            }
        }
        parts = parts == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(parts));
        parts.forEach((name, value) -> finite("part '" + name + "'", value));
    }

    /** A score without token scores and parts. */
    public static RewardScore of(double score) {
        return new RewardScore(score, null, Map.of());
    }

    public boolean hasTokenScores() {
        return tokenScores != null;
    }

    /** A copy, or null when there are none. */
    @Override
    public double[] tokenScores() {
        return tokenScores == null ? null : tokenScores.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RewardScore that
                && Double.compare(score, that.score) == 0
                && Arrays.equals(tokenScores, that.tokenScores)
                && parts.equals(that.parts);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Double.hashCode(score) + Arrays.hashCode(tokenScores)) + parts.hashCode();
    }

    @Override
    public String toString() {
        String tokens = tokenScores == null ? "" : ", tokenScores=" + Arrays.toString(tokenScores);
        return "RewardScore[score=" + score + tokens + (parts.isEmpty() ? "" : ", parts=" + parts) + "]";
    }

    private static void finite(String what, Double value) {
        if (value == null || !Double.isFinite(value)) {
            throw new IllegalArgumentException(what + " must be a finite number, was " + value);
        }
    }
}
