package dev.trefoil.optim;

import java.util.List;

/** Clipping by the norm of all gradients together, as {@code torch.nn.utils.clip_grad_norm_}. */
public final class GradientClip {

    /** torch's guard against a norm of 0. */
    private static final double EPSILON = 1e-6;

    private GradientClip() {}

    /** The L2 norm over all gradients together, summed in double in the order of the list. */
    public static double globalNorm(List<Parameters> parameters) {
        double sum = 0;
        float[] chunk = new float[Chunk.LENGTH];
        for (Parameters tensor : parameters) {
            for (int at = 0; at < tensor.size(); at += Chunk.LENGTH) {
                int n = Math.min(Chunk.LENGTH, tensor.size() - at);
                tensor.gradients().get(at, chunk, 0, n);
                sum += squares(chunk, n);
            }
        }
        return Math.sqrt(sum);
    }

    /**
     * Multiplies every gradient by min(1, maxNorm / (norm + 1e-6)). A norm that is not finite leaves the gradients as they are:
     * the caller decides what a broken step means.
     *
     * @param maxNorm above 0; infinity never clips
     * @return the norm before clipping
     */
    public static double clip(List<Parameters> parameters, double maxNorm) {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("max gradient norm: must be above 0, was " + maxNorm);
        }
        double norm = globalNorm(parameters);
        double factor = maxNorm / (norm + EPSILON);
        if (factor < 1 && Double.isFinite(norm)) {
            scale(parameters, factor);
        }
        return norm;
    }

    /** Multiplies every gradient by {@code factor}, in fp32. */
    public static void scale(List<Parameters> parameters, double factor) {
        float multiplier = (float) factor;
        float[] chunk = new float[Chunk.LENGTH];
        for (Parameters tensor : parameters) {
            for (int at = 0; at < tensor.size(); at += Chunk.LENGTH) {
                int n = Math.min(Chunk.LENGTH, tensor.size() - at);
                tensor.gradients().get(at, chunk, 0, n);
                for (int i = 0; i < n; i++) {
                    chunk[i] *= multiplier;
                }
                tensor.gradients().put(at, chunk, 0, n);
            }
        }
    }

    /** Four partial sums: independent chains, yet one fixed order. */
    private static double squares(float[] x, int n) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (; i < n; i++) {
            a += (double) x[i] * x[i];
        }
        return a + b + c + d;
    }
}
