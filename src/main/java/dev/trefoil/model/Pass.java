package dev.trefoil.model;

import dev.trefoil.adapter.Slot;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.kernel.Lanes;
import dev.trefoil.kernel.LargeTensors;
import dev.trefoil.quant.ReadAhead;
import dev.trefoil.quant.Shape;
import dev.trefoil.token.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * One forward pass of a role over a batch, and its way back. Heads read its last hidden state [rows, columns, hidden] and add their
 * gradients to it; {@link #backward} then goes through the blocks once. Parts of the batch are computed side by side
 * ({@link Lanes}); their gradients are added in the order of the rows.
 */
public final class Pass implements AutoCloseable {

    private final Role role;
    private final Batch batch;
    private final IntFunction<SavePolicy> save;
    private final Reads reads;
    private final Kernels kernels;
    private final Lanes lanes;
    private final ReadAhead readAhead;
    private final KernelScope scope;
    private final List<Trunk> parts = new ArrayList<>();
    private final int[] firstRows;
    private KernelArray hidden;
    private KernelArray gradient;

    private Pass(Role role, Batch batch, IntFunction<SavePolicy> save, Reads reads, Lanes lanes) {
        this.role = role;
        this.batch = batch;
        this.save = save;
        this.reads = role.base().seesWholeBatch() ? Reads.ALL_TOKENS : reads;
        this.kernels = role.base().kernels();
        this.lanes = lanes;
        this.readAhead = role.base().readAhead();
        this.scope = kernels.root().inner();
        // outlier columns as published are chosen over the whole batch
        int count = role.base().seesWholeBatch() ? 1 : lanes.count(batch.rows(), batch.columns());
        this.firstRows = new int[count + 1];
        for (int part = 0; part < count; part++) {
            firstRows[part + 1] = firstRows[part] + (batch.rows() - firstRows[part]) / (count - part);
            parts.add(new Trunk(role, batch.part(firstRows[part], firstRows[part + 1]), part, save, this.reads));
        }
    }

    static Pass forward(Role role, Batch batch, Dropout dropout, boolean training, Reads reads) {
        return forward(role, batch, dropout, training, reads, role.base().lanes());
    }

    static Pass forward(Role role, Batch batch, Dropout dropout, boolean training, Reads reads, Lanes lanes) {
        Pass pass = new Pass(role, batch, training ? role.base().engine()::save : null, reads, lanes);
        pass.run(dropout, null);
        return pass;
    }

    static Pass traced(Role role, Batch batch, List<float[]> states) {
        Pass pass = new Pass(role, batch, null, Reads.ALL_TOKENS, role.base().lanes());
        pass.run(Dropout.NONE, states);
        return pass;
    }

    /** What the linears of each block read, [layer] of slot to [rows * columns * in]. */
    static List<Map<Slot, float[]>> linearInputs(Role role, Batch batch) {
        try (Pass pass = new Pass(
                role,
                batch,
                layer -> SavePolicy.ALL,
                Reads.ALL_TOKENS,
                role.base().lanes())) {
            pass.run(Dropout.NONE, null);
            List<Map<Slot, float[]>> layers = new ArrayList<>();
            for (int layer = 0; layer < pass.layers(); layer++) {
                layers.add(pass.linearInputs(layer));
            }
            return layers;
        }
    }

    private Map<Slot, float[]> linearInputs(int layer) {
        Map<Slot, float[]> all = parts.get(0).linearInputs(layer);
        for (Trunk part : parts.subList(1, parts.size())) {
            part.linearInputs(layer).forEach((slot, more) -> all.merge(slot, more, Pass::joined));
        }
        return all;
    }

    private static float[] joined(float[] first, float[] second) {
        float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private void run(Dropout dropout, List<float[]> states) {
        KernelArray keep = keep(dropout);
        each(part -> {
            parts.get(part).embed(keep);
            return part;
        });
        for (int layer = 0; layer < layers(); layer++) {
            trace(states);
            forward(layer);
        }
        trace(states);
        hidden = joined(each(part -> parts.get(part).finalNorm(scope)));
    }

    private void forward(int layer) {
        readAhead.wanted(layer + 1);
        each(part -> {
            parts.get(part).forward(layer);
            return part;
        });
        if (save == null) {
            readAhead.done(layer);
        }
    }

    private <T> List<T> each(IntFunction<T> work) {
        return lanes.each(parts.size(), work);
    }

    private KernelArray joined(List<KernelArray> rows) {
        if (rows.size() == 1) {
            return rows.get(0);
        }
        try (KernelList list = KernelList.of(rows)) {
            return kernels.joinRows(scope, list);
        } finally {
            rows.forEach(KernelArray::close);
        }
    }

    private int layers() {
        return role.base().blocks().size();
    }

    private void trace(List<float[]> states) {
        if (states == null) {
            return;
        }
        try (KernelScope reading = scope.inner()) {
            float[] all = new float[0];
            for (Trunk part : parts) {
                all = joined(all, kernels.floats(reading, part.state()));
            }
            states.add(all);
        }
    }

    private KernelArray keep(Dropout dropout) {
        Shape shape = role.base().config().shape();
        int widest = Math.max(Math.max(shape.hiddenSize(), shape.queryRows()), shape.intermediateSize());
        int longest = firstRows[firstRows.length - 1] - firstRows[firstRows.length - 2];
        byte[] pool = dropout.pool(Math.multiplyExact(longest * batch.columns(), dropout.rate() == 0 ? 0 : widest));
        if (pool.length == 0) {
            return role.base().none();
        }
        try (KernelArray mask = scope.int8(pool, pool.length)) {
            return kernels.keepFactors(scope, mask, dropout.kept());
        }
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
        checkRead(at);
        return kernels.selectRows(owner, hidden, owner.longs(at, at.length));
    }

    KernelScope inner() {
        return scope.inner();
    }

    private void checkRead(int[] at) {
        if (reads == Reads.LAST_TOKENS && !Arrays.equals(at, batch.lastTokens())) {
            throw new IllegalArgumentException("the pass was made for each row's last token alone");
        }
    }

    /** Makes room for gradients, before several threads add theirs. */
    void expectGradient() {
        if (save == null) {
            throw new IllegalStateException("the pass was not made for training");
        }
        if (gradient == null) {
            gradient = kernels.zerosLike(scope, hidden);
        }
    }

    /** Adds gradient rows of the last hidden state. */
    void addGradient(KernelScope owner, KernelArray rows, int[] at) {
        checkRead(at);
        expectGradient();
        kernels.addRows(owner, gradient, rows, owner.longs(at, at.length));
    }

    /** Adds the gradients of the trained adapter; the pass cannot go back twice. */
    public void backward() {
        if (gradient == null) {
            throw new IllegalStateException("no head has added a gradient");
        }
        each(part -> {
            parts.get(part).finalNormBack(kernels.rowsBetween(scope, gradient, firstRows[part], firstRows[part + 1]));
            return part;
        });
        gradient = null;
        boolean wide = SharedBase.wide(role.base().config());
        if (wide) {
            LargeTensors.reuseEach();
        }
        try {
            for (int layer = layers() - 1; layer >= 0; layer--) {
                backward(layer);
            }
        } finally {
            if (wide) {
                LargeTensors.mapEach();
            }
        }
    }

    private void backward(int layer) {
        readAhead.wanted(layer - 1);
        for (List<KernelArray> found : each(part -> parts.get(part).backward(layer))) {
            role.factors().addGradients(layer, found);
            found.forEach(KernelArray::close);
        }
        readAhead.done(layer);
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
        parts.forEach(Trunk::close);
        scope.close();
    }
}
