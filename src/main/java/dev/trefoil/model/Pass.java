package dev.trefoil.model;

import dev.trefoil.adapter.Slot;
import dev.trefoil.kernel.BlockContext;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import dev.trefoil.token.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One forward pass of a role over a batch, and its way back. Heads read its last hidden state [rows, columns, hidden] and add their
 * gradients to it; {@link #backward} then goes through the blocks once.
 */
public final class Pass implements AutoCloseable {

    /** Distance of the dropout windows of two blocks; a prime, so that windows do not line up. */
    private static final long DROP_STRIDE = 104_729;

    private final Role role;
    private final Batch batch;
    private final Kernels kernels;
    private final KernelScope scope;
    private final List<KernelArray> inputs = new ArrayList<>();
    private final List<List<KernelArray>> saved = new ArrayList<>();
    private final List<KernelScope> layerScopes = new ArrayList<>();
    private List<BlockContext> contexts;
    private KernelArray last;
    private KernelArray hidden;
    private KernelArray gradient;

    private Pass(Role role, Batch batch) {
        this.role = role;
        this.batch = batch;
        this.kernels = role.base().kernels();
        this.scope = kernels.root().inner();
    }

    static Pass forward(Role role, Batch batch, Dropout dropout, boolean training) {
        Pass pass = new Pass(role, batch);
        pass.run(dropout, training ? role.base().engine().save() : null, null);
        return pass;
    }

    static Pass traced(Role role, Batch batch, List<float[]> states) {
        Pass pass = new Pass(role, batch);
        pass.run(Dropout.NONE, null, states);
        return pass;
    }

    /** What the linears of each block read, [layer] of slot to [rows * columns * in]. */
    static List<Map<Slot, float[]>> linearInputs(Role role, Batch batch) {
        try (Pass pass = new Pass(role, batch)) {
            pass.run(Dropout.NONE, SavePolicy.ALL, null);
            List<Map<Slot, float[]>> layers = new ArrayList<>();
            for (int layer = 0; layer < pass.saved.size(); layer++) {
                layers.add(pass.linearInputs(layer));
            }
            return layers;
        }
    }

    private Map<Slot, float[]> linearInputs(int layer) {
        Map<Slot, float[]> inputs = new EnumMap<>(Slot.class);
        try (KernelScope reading = scope.inner();
                KernelList kept = KernelList.of(saved.get(layer))) {
            List<KernelArray> found = kernels.linearInputs(
                    reading, this.inputs.get(layer), role.base().blocks().get(layer), kept);
            for (Slot slot : Slot.values()) {
                inputs.put(slot, kernels.floats(reading, found.get(slot.ordinal())));
            }
        }
        return inputs;
    }

    private void run(Dropout dropout, SavePolicy save, List<float[]> states) {
        SharedBase base = role.base();
        KernelArray ids = scope.longs(batch.ids(), batch.rows(), batch.columns());
        KernelArray positions = scope.longs(positions(), batch.rows(), batch.columns());
        KernelArray documents = scope.longs(batch.documents(), batch.rows(), batch.columns());
        contexts = contexts(positions, documents, keep(dropout));
        KernelScope within = scope.inner();
        KernelArray x = kernels.embed(within, ids, positions, base.embedding());
        for (int layer = 0; layer < base.blocks().size(); layer++) {
            trace(states, x);
            KernelScope next = scope.inner();
            List<KernelArray> found = kernels.blockForward(
                    next,
                    x,
                    contexts.get(layer),
                    offset(layer),
                    save == null ? 0 : save.code(),
                    base.blocks().get(layer),
                    role.factors().blocks().get(layer));
            if (save == null) {
                within.close();
            } else {
                inputs.add(x);
                saved.add(found.subList(1, found.size()));
                layerScopes.add(next);
            }
            x = found.get(0);
            within = next;
        }
        last = x;
        hidden = kernels.finalNorm(scope, x, base.finalNormWeight(), base.finalNormBias());
        trace(states, hidden);
        if (save == null) {
            within.close();
        }
    }

    /** One a layer; layers of one kind share theirs. */
    private List<BlockContext> contexts(KernelArray positions, KernelArray documents, KernelArray keep) {
        SharedBase base = role.base();
        Switches switches = base.config().switches();
        Map<LayerKind, BlockContext> byKind = new HashMap<>();
        List<BlockContext> contexts = new ArrayList<>();
        for (int layer = 0; layer < base.blocks().size(); layer++) {
            contexts.add(byKind.computeIfAbsent(LayerKind.of(switches, layer), kind -> {
                List<KernelArray> turn =
                        kernels.turnTables(scope, positions, kind.rotates() ? base.tables() : base.noTables());
                int window = kind.slides() ? switches.slidingWindow() : 0;
                KernelArray bias = kernels.documentBias(scope, documents, window, base.slopes());
                return new BlockContext(turn.get(0), turn.get(1), bias, keep);
            }));
        }
        return contexts;
    }

    private void trace(List<float[]> states, KernelArray x) {
        if (states != null) {
            try (KernelScope reading = scope.inner()) {
                states.add(kernels.floats(reading, x));
            }
        }
    }

    private static long offset(int layer) {
        return layer * DROP_STRIDE;
    }

    private KernelArray keep(Dropout dropout) {
        Shape shape = role.base().config().shape();
        int widest = Math.max(Math.max(shape.hiddenSize(), shape.queryRows()), shape.intermediateSize());
        float[] pool =
                dropout.pool(Math.multiplyExact(batch.rows() * batch.columns(), dropout.rate() == 0 ? 0 : widest));
        if (pool.length == 0) {
            return role.base().none();
        }
        KernelArray factors = scope.floats(pool, pool.length);
        if (role.base().engine().compute() == Compute.FP32) {
            return factors;
        }
        try (KernelList list = KernelList.of(List.of(factors))) {
            KernelArray copy = kernels.computeCopies(scope, list).get(0);
            factors.close();
            return copy;
        }
    }

    /** Positions of padding may be anything that the tables have. */
    private int[] positions() {
        int[] positions = batch.positions().clone();
        int context = role.base().config().shape().contextLength();
        for (int i = 0; i < positions.length; i++) {
            if (batch.documents()[i] < 0) {
                positions[i] = 0;
            } else if (positions[i] >= context) {
                throw new IllegalArgumentException(
                        "a row of " + (positions[i] + 1) + " tokens is longer than the context of " + context);
            }
        }
        return positions;
    }

    public Batch batch() {
        return batch;
    }

    /** The hidden state after the final norm, [rows * columns * hidden]. */
    public float[] hiddenState() {
        try (KernelScope reading = scope.inner()) {
            return kernels.floats(reading, hidden);
        }
    }

    Role role() {
        return role;
    }

    /** Rows of the last hidden state in a scope of the caller's. */
    KernelArray rows(KernelScope owner, int[] at) {
        return kernels.selectRows(owner, hidden, owner.longs(at, at.length));
    }

    KernelScope inner() {
        return scope.inner();
    }

    /** Adds gradient rows of the last hidden state. */
    void addGradient(KernelScope owner, KernelArray rows, int[] at) {
        if (saved.isEmpty()) {
            throw new IllegalStateException("the pass was not made for training");
        }
        if (gradient == null) {
            gradient = kernels.zerosLike(scope, hidden);
        }
        kernels.addRows(owner, gradient, rows, owner.longs(at, at.length));
    }

    /** Adds the gradients of the trained adapter; the pass cannot go back twice. */
    public void backward() {
        if (gradient == null) {
            throw new IllegalStateException("no head has added a gradient");
        }
        SharedBase base = role.base();
        KernelScope within = scope.inner();
        KernelArray g = kernels.finalNormVjp(within, last, gradient, base.finalNormWeight(), base.finalNormBias());
        gradient = null;
        for (int layer = base.blocks().size() - 1; layer >= 0; layer--) {
            KernelScope next = scope.inner();
            try (KernelList kept = KernelList.of(saved.get(layer))) {
                List<KernelArray> found = kernels.blockVjp(
                        next,
                        inputs.get(layer),
                        g,
                        contexts.get(layer),
                        offset(layer),
                        role.factors().trainedFrom(layer),
                        base.blocks().get(layer),
                        role.factors().blocks().get(layer),
                        kept);
                role.factors().addGradients(layer, found.subList(1, found.size()));
                found.subList(1, found.size()).forEach(KernelArray::close);
                g = found.get(0);
            }
            within.close();
            layerScopes.get(layer).close();
            within = next;
        }
        within.close();
        saved.clear();
    }

    /** Token count of the batch, padding included. */
    int size() {
        return batch.rows() * batch.columns();
    }

    @Override
    public String toString() {
        return "Pass[" + batch.rows() + ", " + batch.columns() + "] lengths " + Arrays.toString(batch.lengths());
    }

    @Override
    public void close() {
        scope.close();
    }
}
