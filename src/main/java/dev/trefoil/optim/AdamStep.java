package dev.trefoil.optim;

/**
 * The constants of one step, in fp32 as torch computes it, and the update of a run of numbers. Source: Loshchilov and Hutter,
 * https://arxiv.org/abs/1711.05101, algorithm 2; {@code torch.optim.AdamW}.
 */
record AdamStep(
        float beta1,
        float rest1,
        float beta2,
        float rest2,
        float shrink,
        float rate,
        float rootCorrection,
        float epsilon) {

    /** @param step counted from 1 */
    static AdamStep of(AdamSettings settings, long step, double learningRate) {
        double correction1 = 1 - Math.pow(settings.beta1(), step);
        double rootCorrection2 = Math.sqrt(1 - Math.pow(settings.beta2(), step));
        boolean torch = settings.epsilonMode() == AdamSettings.EpsilonMode.TORCH;
        double rate = learningRate / correction1 * (torch ? 1 : rootCorrection2);
        return new AdamStep(
                (float) settings.beta1(),
                (float) (1 - settings.beta1()),
                (float) settings.beta2(),
                (float) (1 - settings.beta2()),
                (float) (1 - learningRate * settings.weightDecay()),
                (float) rate,
                torch ? (float) rootCorrection2 : 1f,
                (float) settings.epsilon());
    }

    /** The same for a parameter that does not decay. */
    AdamStep on(Parameters tensor) {
        return tensor.decayed() ? this : new AdamStep(beta1, rest1, beta2, rest2, 1, rate, rootCorrection, epsilon);
    }

    /** Updates the first {@code n} moments and values in place. */
    void apply(float[] values, float[] gradients, float[] first, float[] second, int n) {
        for (int i = 0; i < n; i++) {
            float g = gradients[i];
            float m = beta1 * first[i] + rest1 * g;
            float v = beta2 * second[i] + rest2 * g * g;
            first[i] = m;
            second[i] = v;
            values[i] = values[i] * shrink - rate * m / ((float) Math.sqrt(v) / rootCorrection + epsilon);
        }
    }
}
