package dev.trefoil.rl;

/**
 * What can be read off a row of logits: log-probabilities, entropy, full KL, and the gradient of a token's log-probability.
 * Rows are [vocabulary]; sums run in double.
 */
public final class LogitFormulas {

    private LogitFormulas() {}

    /** log softmax of one row [vocabulary]. */
    public static double[] logSoftmax(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double logTotal = max + Math.log(sum);
        double[] result = new double[logits.length];
        for (int v = 0; v < logits.length; v++) {
            result[v] = logits[v] - logTotal;
        }
        return result;
    }

    /** log p(token) of one row of logits [vocabulary]. */
    public static double logProb(float[] logits, int token) {
        return logSoftmax(logits)[token];
    }

    /** Entropy in nats of one row of logits [vocabulary]: - sum p log p. */
    public static double entropy(float[] logits) {
        double entropy = 0;
        for (double logProb : logSoftmax(logits)) {
            double p = Math.exp(logProb);
            entropy -= p == 0 ? 0 : p * logProb;
        }
        return entropy;
    }

    /** sum over the vocabulary of p (log p - log p_ref): TRL's {@code kl_penalty="full"}. Both rows are logits [vocabulary]. */
    public static double kl(float[] logits, float[] referenceLogits) {
        double[] policy = logSoftmax(logits);
        double[] reference = logSoftmax(referenceLogits);
        double kl = 0;
        for (int v = 0; v < policy.length; v++) {
            double p = Math.exp(policy[v]);
            kl += p == 0 ? 0 : p * (policy[v] - reference[v]);
        }
        return kl;
    }

    /**
     * Turns dLoss / dlog p(token) into dLoss / dlogits: gradient * (onehot(token) - p).
     *
     * @param logits [vocabulary]
     * @return a new row [vocabulary]
     */
    public static double[] logProbGradient(float[] logits, int token, double gradient) {
        double[] result = logSoftmax(logits);
        for (int v = 0; v < result.length; v++) {
            result[v] = gradient * ((v == token ? 1 : 0) - Math.exp(result[v]));
        }
        return result;
    }
}
