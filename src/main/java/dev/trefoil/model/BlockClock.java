package dev.trefoil.model;

import dev.trefoil.kernel.BlockContext;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import java.util.Collections;
import java.util.List;

/**
 * Seconds of one block and of the head on this machine, with a base's own weights, so that a stage's time can be told before it runs.
 * Adapters are left out: they take a few hundredths of a block's time.
 *
 * @param forward one block forward
 * @param back one block back, with what the save policy computes anew
 * @param head log-probabilities of all tokens and their way back
 */
public record BlockClock(double forward, double back, double head) {

    private static final double NANOS = 1e9;

    /** The first time meets cold pages and untrained branches. */
    private static final int TIMES = 2;

    /**
     * Measures with rows of equal length.
     *
     * @param rows texts
     * @param columns tokens of each
     */
    public static BlockClock measure(SharedBase base, int rows, int columns) {
        Kernels kernels = base.kernels();
        try (KernelScope scope = kernels.root().inner();
                KernelList factors = KernelList.of(Collections.nCopies(Kernels.BLOCK_FACTORS, base.none()))) {
            long[] positions = new long[rows * columns];
            for (int i = 0; i < positions.length; i++) {
                positions[i] = i % columns;
            }
            KernelArray at = scope.longs(positions, rows, columns);
            KernelArray ids = scope.longs(new long[positions.length], rows, columns);
            KernelArray x = kernels.embed(scope, ids, at, base.embedding());
            List<KernelArray> turn = kernels.turnTables(scope, at, base.tables());
            KernelArray documents = scope.longs(new long[positions.length], rows, columns);
            KernelArray bias = kernels.documentBias(scope, documents, 0, base.slopes());
            BlockContext context = new BlockContext(turn.get(0), turn.get(1), bias, base.none(), base.none());
            double[] least = {Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE};
            for (int i = 0; i < TIMES; i++) {
                once(base, scope, x, context, factors, least);
            }
            return new BlockClock(least[0], least[1], least[2]);
        }
    }

    private static void once(
            SharedBase base,
            KernelScope scope,
            KernelArray x,
            BlockContext context,
            KernelList factors,
            double[] least) {
        Kernels kernels = base.kernels();
        KernelList weights = base.blocks().get(0);
        try (KernelScope inner = scope.inner()) {
            long start = System.nanoTime();
            List<KernelArray> found = kernels.blockForward(
                    inner,
                    x,
                    context,
                    0,
                    base.engine().save(base.blocks().size() - 1).code(),
                    Kernels.noRanks(),
                    weights,
                    factors);
            least[0] = least(least[0], start);
            try (KernelList saved = KernelList.of(found.subList(1, found.size()))) {
                start = System.nanoTime();
                kernels.blockVjp(
                        inner,
                        x,
                        x,
                        context,
                        0,
                        Kernels.noRanks(),
                        base.blocksBack().get(0),
                        factors,
                        saved);
                least[1] = least(least[1], start);
            }
            int tokens = Math.toIntExact(x.shape()[0] * x.shape()[1]);
            long[] all = new long[tokens];
            for (int i = 0; i < tokens; i++) {
                all[i] = i;
            }
            KernelArray hidden = kernels.selectRows(inner, x, inner.longs(all, tokens));
            KernelArray targets = inner.longs(new long[tokens], tokens);
            KernelArray gradient = inner.floats(new float[tokens], tokens);
            start = System.nanoTime();
            kernels.tokenLogProbsVjp(inner, hidden, targets, 1, gradient, base.head());
            least[2] = least(least[2], start);
        }
    }

    private static double least(double before, long start) {
        return Math.min(before, (System.nanoTime() - start) / NANOS);
    }
}
