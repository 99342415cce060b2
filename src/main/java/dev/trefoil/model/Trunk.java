package dev.trefoil.model;

import dev.trefoil.adapter.Slot;
import dev.trefoil.kernel.BlockContext;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.quant.Switches;
import dev.trefoil.token.Batch;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Embedding, blocks and final norm over one part of a batch, forth and back, block by block. Parts of a batch differ in nothing but
 * their rows and where their dropout begins.
 */
final class Trunk implements AutoCloseable {

    /** Distance of the dropout windows of two blocks; a prime, so that windows do not line up. */
    private static final long LAYER_STRIDE = 104_729;

    /** The same of two parts. */
    private static final long PART_STRIDE = 524_287;

    private final Role role;
    private final Batch batch;
    private final long firstOffset;
    private final IntFunction<SavePolicy> save;
    private final Reads reads;
    private final Kernels kernels;
    private final KernelScope scope;
    private final List<KernelArray> inputs = new ArrayList<>();
    private final List<List<KernelArray>> saved = new ArrayList<>();
    private final List<KernelScope> layerScopes = new ArrayList<>();
    private List<BlockContext> contexts;
    private KernelScope within;
    private KernelArray x;
    private KernelArray g;

    /** @param save what to keep of a layer for the way back; null for nothing */
    Trunk(Role role, Batch batch, int part, IntFunction<SavePolicy> save, Reads reads) {
        this.role = role;
        this.batch = batch;
        this.firstOffset = part * PART_STRIDE;
        this.save = save;
        this.reads = reads;
        this.kernels = role.base().kernels();
        this.scope = kernels.root().inner();
    }

    /** @param keep dropout's factors, or empty */
    void embed(KernelArray keep) {
        KernelArray ids = scope.longs(batch.ids(), batch.rows(), batch.columns());
        KernelArray positions = scope.longs(positions(), batch.rows(), batch.columns());
        KernelArray documents = scope.longs(batch.documents(), batch.rows(), batch.columns());
        contexts = contexts(positions, documents, keep);
        within = scope.inner();
        x = kernels.embed(within, ids, positions, role.base().embedding());
    }

    void forward(int layer) {
        KernelScope next = scope.inner();
        List<KernelArray> found = kernels.blockForward(
                next,
                x,
                contexts.get(layer),
                offset(layer),
                save == null ? 0 : save.apply(layer).code(),
                role.factors().ranks(layer),
                role.base().blocks().get(layer),
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

    /** [rows, columns, hidden] after the final norm, in the caller's scope. */
    KernelArray finalNorm(KernelScope owner) {
        SharedBase base = role.base();
        KernelArray hidden = kernels.finalNorm(owner, x, base.finalNormWeight(), base.finalNormBias());
        if (save == null) {
            within.close();
        }
        return hidden;
    }

    /** The way back begins, at the gradient of what {@link #finalNorm} gave. */
    void finalNormBack(KernelArray gradient) {
        SharedBase base = role.base();
        within = scope.inner();
        g = kernels.finalNormVjp(within, x, gradient, base.finalNormWeight(), base.finalNormBias());
    }

    /** @return gradients of the block's factors, to be closed by the caller */
    List<KernelArray> backward(int layer) {
        KernelScope next = scope.inner();
        try (KernelList kept = KernelList.of(saved.get(layer))) {
            List<KernelArray> found = kernels.blockVjp(
                    next,
                    inputs.get(layer),
                    g,
                    contexts.get(layer),
                    offset(layer),
                    role.factors().ranks(layer),
                    role.base().blocksBack().get(layer),
                    role.factors().blocks().get(layer),
                    kept);
            g = found.get(0);
            within.close();
            layerScopes.get(layer).close();
            within = next;
            return found.subList(1, found.size());
        }
    }

    KernelArray state() {
        return x;
    }

    Map<Slot, float[]> linearInputs(int layer) {
        Map<Slot, float[]> read = new EnumMap<>(Slot.class);
        try (KernelScope reading = scope.inner();
                KernelList kept = KernelList.of(saved.get(layer))) {
            List<KernelArray> found = kernels.linearInputs(
                    reading, inputs.get(layer), role.base().blocks().get(layer), kept);
            for (Slot slot : Slot.values()) {
                read.put(slot, kernels.floats(reading, found.get(slot.ordinal())));
            }
        }
        return read;
    }

    /** One a layer; layers of one kind share theirs, but for the last one when it is read at some tokens alone. */
    private List<BlockContext> contexts(KernelArray positions, KernelArray documents, KernelArray keep) {
        SharedBase base = role.base();
        Switches switches = base.config().switches();
        Map<LayerKind, BlockContext> byKind = new HashMap<>();
        List<BlockContext> each = new ArrayList<>();
        for (int layer = 0; layer < base.blocks().size(); layer++) {
            each.add(byKind.computeIfAbsent(LayerKind.of(switches, layer), kind -> {
                List<KernelArray> turn =
                        kernels.turnTables(scope, positions, kind.rotates() ? base.tables() : base.noTables());
                int window = kind.slides() ? switches.slidingWindow() : 0;
                KernelArray bias = kernels.documentBias(scope, documents, window, base.slopes());
                return new BlockContext(turn.get(0), turn.get(1), bias, keep, base.none());
            }));
        }
        if (reads == Reads.LAST_TOKENS) {
            int[] last = batch.lastTokens();
            each.set(each.size() - 1, each.get(each.size() - 1).reading(scope.longs(last, last.length)));
        }
        return each;
    }

    private long offset(int layer) {
        return firstOffset + layer * LAYER_STRIDE;
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

    @Override
    public void close() {
        scope.close();
    }
}
