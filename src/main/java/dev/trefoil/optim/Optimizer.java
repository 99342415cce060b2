package dev.trefoil.optim;

import java.util.List;

/** Changes values along their gradients, and keeps state by the names of the parameters. */
public sealed interface Optimizer permits AdamW, AdamW8bit {

    /**
     * One step over all parameters; gradients are read, not cleared.
     *
     * @param learningRate of this step, see {@link Schedule}
     * @throws IllegalStateException if a parameter of a known name has another size than before
     */
    void step(List<Parameters> parameters, double learningRate);

    /** How many steps were taken. */
    long steps();

    /** The state, sharing memory with the optimiser: write it out before the next step. */
    OptimizerState state();

    /**
     * Replaces the state by a copy of {@code state}; later steps give the same bytes as if the run had not been interrupted.
     *
     * @throws IllegalArgumentException if tensors are missing or sizes do not fit each other
     */
    void restore(OptimizerState state);

    /** Bytes of state for a parameter of {@code size} numbers. */
    long stateBytes(long size);
}
