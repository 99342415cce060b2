package dev.trefoil.plan;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;

/**
 * Sizes of one decoder block's tensors, all in bytes; the tensors are those of kernels/block.py.
 *
 * @param base the model
 * @param valueBytes of one activation: 2 in bfloat16, 4 in float32
 */
record BlockMemory(BaseConfig base, int valueBytes) {

    private static final int FLOAT = 4;

    /** Norms and the rescaling behind int8 products work on a few rows of float32 at once. */
    private static final int FLOAT_ROWS = 3;

    /** The input (or output) of a block: [rows, columns, hidden]. */
    long input(PassShape pass) {
        return pass.tokens() * shape().hiddenSize() * valueBytes;
    }

    /** Attention probabilities [rows, heads, columns, columns]. */
    long probabilities(PassShape pass) {
        return pass.tokens() * pass.columns() * shape().heads() * valueBytes;
    }

    /** Additive attention bias [rows, 1, columns, columns]; with ALiBi one a head, and another for layers that have a window. */
    long bias(PassShape pass) {
        Switches switches = base.switches();
        long heads = switches.position() == Switches.Position.ALIBI ? shape().heads() : 1;
        long kinds = switches.slidingLayers().isEmpty() ? 1 : 2;
        return pass.tokens() * pass.columns() * valueBytes * heads * kinds;
    }

    /** Queries, keys, values, mixed heads, middle of the residual and the inner rows of the MLP. */
    long activations(PassShape pass) {
        long width = 2L * shape().queryRows() + 2L * shape().keyRows() + shape().hiddenSize() + upRows();
        if (base.switches().qkNorm()) {
            width += shape().qkvRows();
        }
        return pass.tokens() * width * valueBytes;
    }

    /** What one layer keeps between the passes, its input included. */
    long kept(PassShape pass, Saving saving) {
        return switch (saving) {
            case INPUTS -> input(pass);
            case ATTENTION -> input(pass) + activations(pass);
            case ALL -> input(pass) + activations(pass) + probabilities(pass);
        };
    }

    /** Work of a block on its way forward: its activations, its probabilities, and float32 rows of the norms. */
    long forwardWork(PassShape pass) {
        return activations(pass) + probabilities(pass) + floatRows(pass);
    }

    /**
     * Work of a block on its way back: what was not kept and is computed anew, then the larger of the MLP's part (inner values, their
     * gradient and that of the rows before the gate) and attention's part (gradients of probabilities and of scores).
     */
    long backwardWork(PassShape pass, Saving saving) {
        long anew =
                switch (saving) {
                    case INPUTS -> activations(pass) + probabilities(pass);
                    case ATTENTION -> probabilities(pass);
                    case ALL -> 0;
                };
        long mlp = pass.tokens() * (2L * shape().intermediateSize() + upRows()) * valueBytes;
        long attention = 2 * probabilities(pass)
                + pass.tokens() * (2L * shape().queryRows() + 4L * shape().keyRows()) * valueBytes;
        return anew + Math.max(mlp, attention) + floatRows(pass) + 2 * input(pass);
    }

    /** Keys and values of all layers, [rows, kv heads, columns, head dim] each. */
    long cache(int rows, int columns) {
        return 2L * shape().layers() * rows * columns * shape().keyRows() * valueBytes;
    }

    /** Factors of LoRA dropout for the widest input. */
    long dropout(PassShape pass) {
        return pass.tokens() * Math.max(shape().intermediateSize(), shape().hiddenSize()) * valueBytes;
    }

    private long floatRows(PassShape pass) {
        return pass.tokens() * shape().hiddenSize() * FLOAT * FLOAT_ROWS;
    }

    private long upRows() {
        return (base.switches().gated() ? 2L : 1L) * shape().intermediateSize();
    }

    private Shape shape() {
        return base.shape();
    }
}
