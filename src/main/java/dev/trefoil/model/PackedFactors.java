package dev.trefoil.model;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.Slot;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** An adapter stack's factors as the kernels take them, in the compute dtype: 8 tensors a block, packed anew after each step. */
final class PackedFactors implements AutoCloseable {

    private static final Slot[] SLOTS = {Slot.QKV, Slot.OUT, Slot.UP, Slot.DOWN};

    private record Factor(int layer, Slot slot, ByteBuffer a, ByteBuffer b, KernelArray arrayA, KernelArray arrayB) {}

    private final SharedBase base;
    private final AdapterStack stack;
    private final KernelScope scope;
    private final List<Factor> factors = new ArrayList<>();
    private KernelScope packed;
    private List<KernelList> blocks = List.of();

    PackedFactors(SharedBase base, AdapterStack stack) {
        this.base = base;
        this.stack = stack;
        this.scope = base.kernels().root().inner();
        int layers = base.config().shape().layers();
        for (int layer = 0; layer < layers; layer++) {
            for (Slot slot : SLOTS) {
                factors.add(factor(layer, slot));
            }
        }
    }

    private Factor factor(int layer, Slot slot) {
        int rank = stack.adapters().isEmpty() ? 0 : stack.rank(layer, slot);
        if (rank == 0) {
            return new Factor(layer, slot, null, null, base.none(), base.none());
        }
        int rows = stack.rows(layer, slot);
        int columns = stack.columns(layer, slot);
        ByteBuffer a = floats(rank * columns);
        ByteBuffer b = floats(rows * rank);
        return new Factor(layer, slot, a, b, scope.float32(a, rank, columns), scope.float32(b, rows, rank));
    }

    private static ByteBuffer floats(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads the adapters' values again. */
    void refresh() {
        close(blocks);
        if (packed != null) {
            packed.close();
        }
        packed = scope.inner();
        List<KernelArray> source = new ArrayList<>();
        for (Factor factor : factors) {
            if (factor.a() != null) {
                stack.fill(
                        factor.layer(),
                        factor.slot(),
                        factor.a().asFloatBuffer(),
                        factor.b().asFloatBuffer());
            }
            source.add(factor.arrayA());
            source.add(factor.arrayB());
        }
        List<KernelArray> copies = source;
        if (base.engine().compute() == Compute.BF16) {
            try (KernelList list = KernelList.of(source)) {
                copies = base.kernels().computeCopies(packed, list);
            }
        }
        blocks = new ArrayList<>();
        for (int at = 0; at < copies.size(); at += Kernels.BLOCK_FACTORS) {
            blocks.add(KernelList.of(copies.subList(at, at + Kernels.BLOCK_FACTORS)));
        }
    }

    List<KernelList> blocks() {
        return blocks;
    }

    /** First trained rank row of qkv, out, up and down. */
    long[] trainedFrom(int layer) {
        long[] first = new long[SLOTS.length];
        for (int i = 0; i < first.length; i++) {
            first[i] = stack.adapters().isEmpty() ? 0 : stack.trainedFrom(layer, SLOTS[i]);
        }
        return first;
    }

    /** Adds what block_vjp found: a and b of qkv, out, up, down. */
    void addGradients(int layer, List<KernelArray> found) {
        for (int i = 0; i < SLOTS.length; i++) {
            KernelArray a = found.get(2 * i);
            if (a.size() > 0) {
                stack.addGradient(
                        layer, SLOTS[i], a.floatBuffer(), found.get(2 * i + 1).floatBuffer());
            }
        }
    }

    private static void close(List<KernelList> lists) {
        lists.forEach(KernelList::close);
    }

    @Override
    public void close() {
        close(blocks);
        scope.close();
    }
}
