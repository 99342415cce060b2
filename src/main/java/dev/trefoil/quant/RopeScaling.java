package dev.trefoil.quant;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Stretching of the rotary frequencies, as in Hugging Face's {@code rope_scaling}.
 *
 * @param factor how much longer the context became; 1 without scaling
 * @param lowFreqFactor llama3 and yarn (beta_slow): wavelengths above originalContext / this are divided by the full factor
 * @param highFreqFactor llama3 and yarn (beta_fast): wavelengths below originalContext / this stay
 * @param originalContext llama3 and yarn: context before stretching
 * @param attentionFactor yarn only, null for the others: what queries and keys are multiplied by
 */
public record RopeScaling(
        Type type,
        double factor,
        double lowFreqFactor,
        double highFreqFactor,
        int originalContext,
        @JsonInclude(JsonInclude.Include.NON_NULL) Double attentionFactor) {

    /** YaRN's bounds where a configuration names none. */
    public static final double BETA_FAST = 32;

    public static final double BETA_SLOW = 1;

    /**
     * The rule: none, every frequency divided by the factor, LLaMA 3.1's three bands by wavelength, or YaRN's by dimension (Peng et
     * al. 2023).
     */
    public enum Type {
        NONE,
        LINEAR,
        LLAMA3,
        YARN
    }

    public RopeScaling {
        if (!(factor > 0)) {
            throw new IllegalArgumentException("ropeScaling.factor: found " + factor + ", wanted > 0");
        }
        boolean banded = type == Type.LLAMA3 || type == Type.YARN;
        if (banded && !(lowFreqFactor > 0 && highFreqFactor > lowFreqFactor && originalContext > 0)) {
            throw new IllegalArgumentException("ropeScaling: llama3 and yarn want 0 < lowFreqFactor (beta_slow) <"
                    + " highFreqFactor (beta_fast) and originalContext > 0, found " + lowFreqFactor + ", "
                    + highFreqFactor + ", " + originalContext);
        }
        if ((type == Type.YARN) != (attentionFactor != null) || attentionFactor != null && !(attentionFactor > 0)) {
            throw new IllegalArgumentException(
                    "ropeScaling.attentionFactor: found " + attentionFactor + ", wanted > 0 for yarn, none otherwise");
        }
    }

    public static RopeScaling none() {
        return new RopeScaling(Type.NONE, 1, 1, 1, 0, null);
    }

    public static RopeScaling linear(double factor) {
        return new RopeScaling(Type.LINEAR, factor, 1, 1, 0, null);
    }

    public static RopeScaling llama3(double factor, double low, double high, int originalContext) {
        return new RopeScaling(Type.LLAMA3, factor, low, high, originalContext, null);
    }

    /** @param attentionFactor see {@link #attentionFactor(double, double)} for the usual one */
    public static RopeScaling yarn(
            double factor, double betaSlow, double betaFast, int originalContext, double attentionFactor) {
        return new RopeScaling(Type.YARN, factor, betaSlow, betaFast, originalContext, attentionFactor);
    }

    /** 0.1 m ln(factor) + 1, the paper's equation 22 for m = 1; 1 for a factor that stretches nothing. */
    public static double attentionFactor(double factor, double m) {
        return factor > 1 ? 0.1 * m * Math.log(factor) + 1 : 1;
    }

    /** What cosines and sines are multiplied by. */
    public double attention() {
        return attentionFactor == null ? 1 : attentionFactor;
    }

    /**
     * Scaled inverse frequencies of the rotation. Every operation is rounded to float32 in the order of the published code
     * (transformers' modeling_rope_utils): the last bit of a frequency shows in long or strongly peaked attention.
     *
     * @param theta base of the frequencies
     * @param rotaryDims rotated dimensions of a head; result has half as many entries
     */
    public double[] inverseFrequencies(double theta, int rotaryDims) {
        double[] frequencies = new double[rotaryDims / 2];
        double[] band = type == Type.YARN ? band(theta, rotaryDims) : null;
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = 2f * i / rotaryDims;
            float wavelength = (float) Math.pow((float) theta, exponent);
            frequencies[i] = switch (type) {
                case NONE -> 1 / wavelength;
                case LINEAR -> 1 / wavelength / (float) factor;
                case LLAMA3 -> llama3(1 / wavelength);
                case YARN -> yarn(wavelength, i, band);
            };
        }
        return frequencies;
    }

    /** First and last frequency of YaRN's ramp: those that turn highFreqFactor and lowFreqFactor times in the original context. */
    private double[] band(double theta, int rotaryDims) {
        double first = Math.max(Math.floor(turning(highFreqFactor, theta, rotaryDims)), 0);
        double last = Math.min(Math.ceil(turning(lowFreqFactor, theta, rotaryDims)), rotaryDims - 1);
        return new double[] {first, first == last ? last + 0.001 : last};
    }

    /** Which frequency turns so many times in the original context; between two as a rule. */
    private double turning(double times, double theta, int rotaryDims) {
        return rotaryDims * Math.log(originalContext / (times * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    private float yarn(float wavelength, int i, double[] band) {
        float ramp = (i - (float) band[0]) / (float) (band[1] - band[0]);
        float kept = 1 - Math.min(1, Math.max(0, ramp));
        return 1 / ((float) factor * wavelength) * (1 - kept) + 1 / wavelength * kept;
    }

    private float llama3(float frequency) {
        float wavelength = (float) (2 * Math.PI) / frequency;
        if (wavelength < originalContext / highFreqFactor) {
            return frequency;
        }
        float slow = frequency / (float) factor;
        if (wavelength > originalContext / lowFreqFactor) {
            return slow;
        }
        float smooth =
                (originalContext / wavelength - (float) lowFreqFactor) / (float) (highFreqFactor - lowFreqFactor);
        return (1 - smooth) * frequency / (float) factor + smooth * frequency;
    }
}
