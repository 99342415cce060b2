package dev.trefoil.quant;

/**
 * Stretching of the rotary frequencies, as in Hugging Face's {@code rope_scaling}.
 *
 * @param factor how much longer the context became; 1 without scaling
 * @param lowFreqFactor llama3 only: wavelengths above originalContext / this are divided by the full factor
 * @param highFreqFactor llama3 only: wavelengths below originalContext / this stay
 * @param originalContext llama3 only: context before stretching
 */
public record RopeScaling(Type type, double factor, double lowFreqFactor, double highFreqFactor, int originalContext) {

    /** The rule: none, every frequency divided by the factor, or LLaMA 3.1's three bands. */
    public enum Type {
        NONE,
        LINEAR,
        LLAMA3
    }

    public RopeScaling {
        if (!(factor > 0)) {
            throw new IllegalArgumentException("ropeScaling.factor: found " + factor + ", wanted > 0");
        }
        if (type == Type.LLAMA3 && !(lowFreqFactor > 0 && highFreqFactor > lowFreqFactor && originalContext > 0)) {
            throw new IllegalArgumentException("ropeScaling: llama3 wants 0 < lowFreqFactor < highFreqFactor and"
                    + " originalContext > 0, found " + lowFreqFactor + ", " + highFreqFactor + ", " + originalContext);
        }
    }

    public static RopeScaling none() {
        return new RopeScaling(Type.NONE, 1, 1, 1, 0);
    }

    public static RopeScaling linear(double factor) {
        return new RopeScaling(Type.LINEAR, factor, 1, 1, 0);
    }

    public static RopeScaling llama3(double factor, double low, double high, int originalContext) {
        return new RopeScaling(Type.LLAMA3, factor, low, high, originalContext);
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
        for (int i = 0; i < frequencies.length; i++) {
            float exponent = 2f * i / rotaryDims;
            frequencies[i] = scaled(1 / (float) Math.pow((float) theta, exponent));
        }
        return frequencies;
    }

    private float scaled(float frequency) {
        return switch (type) {
            case NONE -> frequency;
            case LINEAR -> frequency / (float) factor;
            case LLAMA3 -> llama3(frequency);
        };
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
