package dev.trefoil.stage.reward;

/**
 * The loss of a reward model on preference pairs, on plain numbers.
 *
 * <p>With c and r the scores of a pair's chosen and rejected text, m its margin and P pairs:
 *
 * <pre>
 * loss = 1/P * sum of [ -ln sigmoid(c - r - m) + k (c + r)^2 ]
 * d loss / d c = 1/P * [ -sigmoid(-(c - r - m)) + 2 k (c + r) ]
 * d loss / d r = 1/P * [  sigmoid(-(c - r - m)) + 2 k (c + r) ]
 * </pre>
 *
 * The first term is the Bradley-Terry likelihood (Stiennon et al. 2020, https://arxiv.org/abs/2009.01325, eq. 1), the margin that
 * of Llama 2 (https://arxiv.org/abs/2307.09288, eq. 2), the second term holds the scores near 0 without touching their
 * differences (Eisenstein et al. 2023, https://arxiv.org/abs/2312.09244); both as in TRL's RewardTrainer. Stable for scores of
 * any size: -ln sigmoid(z) is computed as max(-z, 0) + ln(1 + e^-|z|).
 *
 * @param centerCoefficient k, at least 0
 */
public record PairwiseLoss(double centerCoefficient) {

    /**
     * The loss of some pairs with its gradient.
     *
     * @param pairs how many pairs there are
     * @param lossSum sum over the pairs, not yet divided
     * @param gradient [2 pairs] d loss / d score, divided by the divisor given
     * @param right pairs whose chosen text scores higher
     */
    public record Result(int pairs, double lossSum, float[] gradient, int right) {

        /** Mean over these pairs. */
        public double loss() {
            return lossSum / pairs;
        }
    }

    public PairwiseLoss {
        if (!(centerCoefficient >= 0 && Double.isFinite(centerCoefficient))) {
            throw new IllegalArgumentException("center_coefficient: must be at least 0, was " + centerCoefficient);
        }
    }

    /** The mean over these pairs. */
    public Result of(float[] scores, double[] margins) {
        return of(scores, margins, margins.length);
    }

    /**
     * The part of these pairs in a mean over more of them, as gradient accumulation needs it.
     *
     * @param scores [2 P] first all chosen, then all rejected
     * @param margins [P] by how much the chosen score should lead; 0 for none
     * @param divisor pairs of the whole optimiser step, at least 1
     */
    public Result of(float[] scores, double[] margins, int divisor) {
        int pairs = margins.length;
        if (scores.length != 2 * pairs || divisor < 1) {
            throw new IllegalArgumentException(
                    scores.length + " scores for " + pairs + " margins, divided by " + divisor);
        }
        float[] gradient = new float[2 * pairs];
        double sum = 0;
        int right = 0;
        for (int i = 0; i < pairs; i++) {
            double chosen = scores[i];
            double rejected = scores[pairs + i];
            double lead = chosen - rejected - margins[i];
            double total = chosen + rejected;
            sum += softplus(-lead) + centerCoefficient * total * total;
            double pull = sigmoid(-lead);
            double center = 2 * centerCoefficient * total;
            gradient[i] = (float) ((center - pull) / divisor);
            gradient[pairs + i] = (float) ((center + pull) / divisor);
            right += chosen > rejected ? 1 : 0;
        }
        return new Result(pairs, sum, gradient, right);
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static double sigmoid(double x) {
        double small = Math.exp(-Math.abs(x));
        return (x >= 0 ? 1 : small) / (1 + small);
    }
}
