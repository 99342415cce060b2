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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** An adapter stack's factors as the kernels take them, in the compute dtype: 8 tensors a block, packed anew after each step. */
final class PackedFactors implements AutoCloseable {

    private static final Slot[] SLOTS = {Slot.QKV, Slot.OUT, Slot.UP, Slot.DOWN};

    /** Where a pair of factors is gathered in float32, and the arrays that see it. */
    private record Gathered(ByteBuffer a, ByteBuffer b, Extent extent, List<KernelArray> arrays) {

        static List<KernelArray> seen(KernelScope scope, Extent extent, ByteBuffer a, ByteBuffer b) {
            return List.of(
                    scope.float32(a, extent.rank(), extent.columns()), scope.float32(b, extent.rows(), extent.rank()));
        }

        /** The arrays with what was gathered last: on a device of its own they are made anew. */
        List<KernelArray> arrays(KernelScope packed) {
            return packed.copies() ? seen(packed, extent, a, b) : arrays;
        }
    }

    private record Extent(int rank, int rows, int columns) {}

    private final SharedBase base;
    private final AdapterStack stack;
    private final KernelScope scope;
    private final Map<Object, Gathered> gathered = new HashMap<>();
    private KernelScope packed;
    private List<KernelList> blocks = List.of();

    PackedFactors(SharedBase base, AdapterStack stack) {
        this.base = base;
        this.stack = stack;
        this.scope = base.kernels().root().inner();
    }

    /** Reads the adapters' values again. */
    void refresh() {
        close(blocks);
        if (packed != null) {
            packed.close();
        }
        packed = scope.inner();
        blocks = new ArrayList<>();
        int layers = base.config().shape().layers();
        for (int layer = 0; layer < layers; layer++) {
            List<KernelArray> factors = new ArrayList<>();
            for (Slot slot : SLOTS) {
                factors.addAll(pack(layer, slot));
            }
            blocks.add(KernelList.of(factors));
        }
    }

    private List<KernelArray> pack(int layer, Slot slot) {
        int rank = stack.adapters().isEmpty() ? 0 : stack.rank(layer, slot);
        if (rank == 0) {
            return List.of(base.none(), base.none());
        }
        boolean copied = base.engine().compute() == Compute.BF16;
        Extent extent = new Extent(rank, stack.rows(layer, slot), stack.columns(layer, slot));
        // What is copied is gathered in one place for all layers of a size; else each pair is used where it was
        // gathered.
        Object place = copied ? extent : List.of(layer, slot);
        Gathered to = gathered.computeIfAbsent(place, first -> gather(extent));
        stack.fill(layer, slot, to.a().asFloatBuffer(), to.b().asFloatBuffer());
        List<KernelArray> pair = to.arrays(packed);
        if (!copied) {
            return pair;
        }
        try (KernelList list = KernelList.of(pair)) {
            return base.kernels().computeCopies(packed, list);
        }
    }

    private Gathered gather(Extent extent) {
        ByteBuffer a = floats(extent.rank() * extent.columns());
        ByteBuffer b = floats(extent.rows() * extent.rank());
        return new Gathered(a, b, extent, Gathered.seen(scope, extent, a, b));
    }

    private static ByteBuffer floats(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    List<KernelList> blocks() {
        return blocks;
    }

    /** Of qkv, out, up and down, which rank rows belong together, and which are trained, as parts in kernels/linear.py reads them. */
    long[] ranks(int layer) {
        if (stack.adapters().isEmpty()) {
            return Kernels.noRanks();
        }
        LongStream.Builder header = LongStream.builder();
        LongStream.Builder parts = LongStream.builder();
        int at = Kernels.noRanks().length;
        for (Slot slot : SLOTS) {
            long[] numbers = stack.parts(layer, slot);
            LongStream.of(stack.trainedFrom(layer, slot), at, at + numbers.length)
                    .forEach(header);
            LongStream.of(numbers).forEach(parts);
            at += numbers.length;
        }
        return LongStream.concat(header.build(), parts.build()).toArray();
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
