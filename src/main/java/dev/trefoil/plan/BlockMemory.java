package dev.trefoil.plan;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import java.util.stream.LongStream;

/**
 * Sizes of one decoder block's tensors, all in bytes; the tensors are those of kernels/block.py, which lives until the last line that
 * names them.
 *
 * @param base the model
 */
record BlockMemory(BaseConfig base, EngineMemory engine) {

    private static final int FLOAT = 4;

    /** Norms hold so many copies of their rows in float32, forward and back. */
    private static final int NORM_ROWS = 3;

    private static final int NORM_BACK_ROWS = 5;

    /** As model.Dropout. */
    private static final long DROPOUT_REST = 1 << 20;

    /** A last chunk of queries may be so much longer, as whole_queries in kernels/attention.py. */
    private static final double WHOLE = 1.25;

    /** Longer rows keep no probabilities, as longest_kept in kernels/block.py. */
    private static final int LONGEST_KEPT = 1024;

    /** The input (or output) of a block: [rows, columns, hidden]. */
    long input(PassShape pass) {
        return rows(pass, hidden());
    }

    /** Attention probabilities of all chunks of queries: [rows, heads, chunk, keys up to its end] each. */
    long probabilities(PassShape pass) {
        long columns = pass.columns();
        long chunk = engine.queryChunk();
        long seen = 0;
        if (columns <= chunk * WHOLE) {
            seen = columns * columns;
        } else {
            for (long at = 0; at < columns; at += chunk) {
                long end = Math.min(at + chunk, columns);
                seen += (end - at) * end;
            }
        }
        return pass.rows() * seen * shape().heads() * engine.valueBytes();
    }

    /** Those of the longest chunk. */
    private long chunk(PassShape pass) {
        long queries = pass.columns() <= engine.queryChunk() * WHOLE ? pass.columns() : engine.queryChunk();
        return pass.rows() * queries * pass.columns() * shape().heads() * engine.valueBytes();
    }

    /** Additive attention bias [rows, 1, columns, columns]; with ALiBi one a head, and another for layers that have a window. */
    long bias(PassShape pass) {
        Switches switches = base.switches();
        long heads = switches.position() == Switches.Position.ALIBI ? shape().heads() : 1;
        long kinds = switches.slidingLayers().isEmpty() ? 1 : 2;
        return pass.tokens() * pass.columns() * engine.valueBytes() * heads * kinds;
    }

    /** Queries, keys, values, mixed heads, middle of the residual and the inner rows of the MLP. */
    long activations(PassShape pass) {
        long width = 2L * shape().queryRows() + 2L * shape().keyRows() + upRows();
        if (!parallel()) {
            width += hidden();
        }
        if (base.switches().qkNorm()) {
            width += shape().qkvRows();
        }
        return rows(pass, width);
    }

    /** What one layer keeps between the passes, its input included. */
    long kept(PassShape pass, Saving saving) {
        return switch (saving) {
            case INPUTS -> input(pass);
            case ATTENTION -> input(pass) + activations(pass);
            case ALL ->
                input(pass)
                        + activations(pass)
                        + rows(pass, inner())
                        + (keepsProbabilities(pass, saving) ? probabilities(pass) : 0);
        };
    }

    /** What of that the last layer does not keep when it is read at the last token of each row alone: it has keys and values for the others. */
    long unread(PassShape pass, Saving saving) {
        long read = rows(pass, 2L * shape().keyRows() + (base.switches().qkNorm() ? shape().qkvRows() : 0));
        return saving == Saving.INPUTS ? 0 : kept(pass, saving) - input(pass) - read;
    }

    private static boolean keepsProbabilities(PassShape pass, Saving saving) {
        return saving == Saving.ALL && pass.columns() <= LONGEST_KEPT;
    }

    /** Work of a block on its way forward, its input, its result and the probabilities that it keeps not counted. */
    long forwardWork(PassShape pass) {
        long down = middle(pass) + rows(pass, upRows() + inner()) + product().down(pass.tokens(), inner(), hidden());
        return max(workUpToActivation(pass), down);
    }

    /** What is there behind attention: the fused linear's result, queries, keys and values, and the residual. */
    private long middle(PassShape pass) {
        return rows(pass, 2L * shape().qkvRows() + shape().queryRows() + (parallel() ? hidden() : 2L * hidden()));
    }

    /** The same of the part that is computed once more on the way back, up_to_activation in kernels/block.py. */
    private long workUpToActivation(PassShape pass) {
        long n = pass.tokens();
        long mixing = rows(pass, 2L * shape().qkvRows() + 2L * shape().queryRows()) + 2 * chunk(pass);
        long middle = middle(pass);
        long norm = middle + n * hidden() * FLOAT * NORM_ROWS;
        long up = middle + rows(pass, hidden() + upRows()) + product().forward(n, hidden(), upRows());
        return max(mixing, norm, up);
    }

    /**
     * Work of a block on its way back: what was not kept and is computed anew, and the largest of the moments between its linears. The
     * gradients of their inputs stay to the end.
     */
    long backwardWork(PassShape pass, Saving saving) {
        long n = pass.tokens();
        long anew = saving == Saving.INPUTS ? activations(pass) : 0;
        long recomputing = saving == Saving.INPUTS ? workUpToActivation(pass) : 0;
        long probabilities = keepsProbabilities(pass, saving) ? 0 : chunk(pass);
        long down = rows(pass, 2L * inner()) + product().backward(n, inner(), hidden());
        long mlp = rows(pass, inner() + upRows() + (base.switches().gated() ? 2L * inner() : 0));
        long behindMlp = rows(pass, inner() + upRows() + 2L * hidden());
        long up = behindMlp + product().upBack(n, hidden(), upRows());
        long norm = behindMlp + n * hidden() * FLOAT * NORM_BACK_ROWS;
        long behindUp = behindMlp + rows(pass, hidden() + shape().queryRows());
        long attention = behindUp
                + rows(pass, 4L * shape().queryRows())
                + n * 3L * shape().keyRows() * FLOAT
                + probabilities
                + 2 * chunk(pass);
        long joined = rows(pass, 2L * shape().qkvRows() + 2L * hidden());
        long first = behindUp + joined + product().backward(n, hidden(), shape().qkvRows());
        long last = behindUp + joined + n * hidden() * FLOAT * NORM_BACK_ROWS;
        return input(pass) + max(recomputing, anew + max(down, mlp, up, norm, attention, first, last));
    }

    /** Keys and values of all layers, [rows, kv heads, columns, head dim] each. */
    long cache(int rows, int columns) {
        return 2L * shape().layers() * rows * columns * shape().keyRows() * engine.valueBytes();
    }

    /** Factors of LoRA dropout: as many as the widest input has numbers and a rest, and the product with a window of them. */
    long dropout(PassShape pass) {
        return 2 * rows(pass, Math.max(inner(), hidden())) + DROPOUT_REST * engine.valueBytes();
    }

    private ProductMemory product() {
        return new ProductMemory(engine, base.precision());
    }

    private long rows(PassShape pass, long width) {
        return pass.tokens() * width * engine.valueBytes();
    }

    private static long max(long... bytes) {
        return LongStream.of(bytes).max().orElseThrow();
    }

    private boolean parallel() {
        return base.switches().residual() == Switches.Residual.PARALLEL;
    }

    private long hidden() {
        return shape().hiddenSize();
    }

    private long inner() {
        return shape().intermediateSize();
    }

    private long upRows() {
        return (base.switches().gated() ? 2L : 1L) * inner();
    }

    private Shape shape() {
        return base.shape();
    }
}
