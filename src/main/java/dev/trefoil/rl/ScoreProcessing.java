package dev.trefoil.rl;

/**
 * What happens to raw scores before they become rewards. Source: TRL v0.11.4 {@code PPOTrainer.step} ({@code use_score_scaling},
 * {@code use_score_norm}, {@code score_clip}); TRL v1.0 {@code missing_eos_penalty}. All off by default.
 *
 * @param scaling divide by the running standard deviation
 * @param norm with scaling: also subtract the running mean
 * @param clip largest absolute score after scaling; infinity for none
 * @param missingEosPenalty subtracted from the raw score of a response without an end token, at least 0
 */
public record ScoreProcessing(boolean scaling, boolean norm, double clip, double missingEosPenalty) {

    /** The epsilon of fp32 that TRL adds to the divisor. */
    private static final double EPSILON = 1.1920928955078125e-07;

    public ScoreProcessing {
        if (!(clip > 0)) {
            throw new IllegalArgumentException("score clip: must be above 0, was " + clip);
        }
        if (!(missingEosPenalty >= 0)) {
            throw new IllegalArgumentException("missing-EOS penalty: must be at least 0, was " + missingEosPenalty);
        }
        if (norm && !scaling) {
            throw new IllegalArgumentException("score norm needs score scaling: switch both on, or norm off");
        }
    }

    /** Scores as they come. */
    public static ScoreProcessing off() {
        return new ScoreProcessing(false, false, Double.POSITIVE_INFINITY, 0);
    }

    /**
     * Processed scores and the moments that include this batch.
     *
     * @param scores [B]
     * @param moments the running moments after the batch; pass them to the next call
     */
    public record Processed(double[] scores, RunningMoments moments) {}

    /**
     * Penalises, then scales with moments that already count this batch, then clips.
     *
     * @param scores [B] raw scores, left as they are
     * @param ended [B] whether the response has an end token, or null when nothing is penalised
     * @param before the running moments before this batch
     */
    public Processed process(double[] scores, boolean[] ended, RunningMoments before) {
        double[] result = scores.clone();
        for (int i = 0; ended != null && i < result.length; i++) {
            result[i] -= ended[i] ? 0 : missingEosPenalty;
        }
        RunningMoments moments = scaling ? before.after(result) : before;
        for (int i = 0; i < result.length; i++) {
            if (scaling) {
                result[i] = (result[i] - (norm ? moments.mean() : 0)) / (moments.std() + EPSILON);
            }
            result[i] = Math.min(Math.max(result[i], -clip), clip);
        }
        return new Processed(result, moments);
    }
}
