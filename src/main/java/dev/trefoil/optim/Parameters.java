package dev.trefoil.optim;

import java.nio.FloatBuffer;

/**
 * One named tensor under training, flat.
 *
 * @param name unique in a run; the optimiser's state is kept under it
 * @param values the weights, direct, in the byte order of the machine; the engine maps the same memory
 * @param gradients of the same length
 * @param decayed whether the optimiser's weight decay shrinks them; biases and norms usually stay out of it
 */
public record Parameters(String name, FloatBuffer values, FloatBuffer gradients, boolean decayed) {

    public Parameters {
        if (values.capacity() != gradients.capacity()) {
            throw new IllegalArgumentException(
                    name + ": " + values.capacity() + " values but " + gradients.capacity() + " gradients");
        }
    }

    /** Weights that decay. */
    public Parameters(String name, FloatBuffer values, FloatBuffer gradients) {
        this(name, values, gradients, true);
    }

    /** How many numbers. */
    public int size() {
        return values.capacity();
    }

    /** Sets every gradient to 0. */
    public void clearGradients() {
        float[] zeros = new float[Math.min(Chunk.LENGTH, Math.max(1, size()))];
        for (int at = 0; at < size(); at += zeros.length) {
            gradients.put(at, zeros, 0, Math.min(zeros.length, size() - at));
        }
    }
}
