package dev.trefoil.verify;

/** Log-softmax of one row of logits, in double. */
final class LogProbs {

    private LogProbs() {}

    /** The log-probability of a token under {@code vocabulary} logits from {@code from} on. */
    static double of(float[] logits, int from, int vocabulary, int token) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + vocabulary; i++) {
            largest = Math.max(largest, logits[i]);
        }
        double sum = 0;
        for (int i = from; i < from + vocabulary; i++) {
            sum += Math.exp(logits[i] - largest);
        }
        return logits[from + token] - largest - Math.log(sum);
    }
}
