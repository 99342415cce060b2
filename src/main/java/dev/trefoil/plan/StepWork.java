package dev.trefoil.plan;

/**
 * What one step of a stage computes, and how many steps there are.
 *
 * @param train batch of a pass with gradient
 * @param trainPasses of them
 * @param inferPasses passes without gradient over the same batch
 * @param head whether the passes end in the LM head
 * @param generatedRows responses that are generated, 0 for none
 * @param newTokens of a response
 * @param steps of the stage, 0 where the data decides
 */
public record StepWork(
        PassShape train, int trainPasses, int inferPasses, boolean head, int generatedRows, int newTokens, long steps) {

    /**
     * A step on given texts.
     *
     * @param steps of the stage, or null where the data decides
     */
    public static StepWork training(PassShape batch, int batches, boolean head, Long steps) {
        return new StepWork(batch, batches, 0, head, 0, 0, steps == null ? 0 : steps);
    }

    /**
     * Seconds of a step.
     *
     * @param layers of the model
     * @param forward seconds of a block forward, for {@link #train}
     * @param back of a block back
     * @param headBoth of the head forward and back
     * @param decode of one new token of all responses
     */
    public double seconds(int layers, double forward, double back, double headBoth, double decode) {
        double training = layers * (forward + back) + (head ? headBoth : 0);
        double inference = layers * forward + (head ? headBoth / 2 : 0);
        return trainPasses * training + inferPasses * inference + (generatedRows > 0 ? newTokens * decode : 0);
    }
}
