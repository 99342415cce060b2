package dev.trefoil.adapter;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The adapters of one role over the base, each on or off; at most the last one is trained.
 *
 * <p>For the kernels, all modules inside one fused linear become a single pair of factors: A [R, in] has the modules' A below
 * each other, B [out, R] is zero but for each module's scaled B at the rows of its linear and the columns of its ranks. So the
 * fused linear's output gains x A' B', whichever linears are adapted and however many adapters are stacked, and {@link #parts} says
 * where B is not zero. Order of ranks: adapters as stacked, so the trained one comes last. An adapter switched off keeps its place with a B of zeros: a policy and
 * its reference have the same shapes and, where B is zero anyway, the same bits.
 */
public final class AdapterStack {

    private record Part(LoraAdapter adapter, LoraModule module, int rankOffset) {

        /** Rows and columns of B. */
        LongStream place() {
            int first = module.site().rowOffset();
            return LongStream.of(first, first + module.site().rows(), rankOffset, rankOffset + module.rank());
        }
    }

    private record Block(int rows, int columns, int rank, int trainedFrom, List<Part> parts) {}

    private final List<LoraAdapter> adapters;
    private final Set<String> off;
    private final boolean trained;
    private final List<Map<Slot, Block>> layers;

    private AdapterStack(List<LoraAdapter> adapters, Set<String> off, boolean trained, List<Map<Slot, Block>> layers) {
        this.adapters = adapters;
        this.off = off;
        this.trained = trained;
        this.layers = layers;
    }

    /**
     * A stack with all adapters on.
     *
     * @param sites all linears of the base
     * @param adapters lowest first; names must differ
     * @param lastTrained whether the last adapter collects gradients; it must have a gradient buffer then
     */
    public static AdapterStack of(List<LinearSite> sites, List<LoraAdapter> adapters, boolean lastTrained) {
        if (lastTrained
                && (adapters.isEmpty() || !adapters.get(adapters.size() - 1).hasGradients())) {
            throw new IllegalArgumentException("the trained adapter must be there and have gradients");
        }
        if (adapters.stream().map(LoraAdapter::name).distinct().count() < adapters.size()) {
            throw new IllegalArgumentException("two adapters of a stack have one name");
        }
        return new AdapterStack(List.copyOf(adapters), Set.of(), lastTrained, layers(sites, adapters, lastTrained));
    }

    /** The base alone. */
    public static AdapterStack empty(List<LinearSite> sites) {
        return of(sites, List.of(), false);
    }

    private static List<Map<Slot, Block>> layers(
            List<LinearSite> sites, List<LoraAdapter> adapters, boolean lastTrained) {
        int count = sites.stream().mapToInt(LinearSite::layer).max().orElse(-1) + 1;
        List<Map<Slot, List<Part>>> parts = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            parts.add(new EnumMap<>(Slot.class));
        }
        Map<String, LinearSite> known = new HashMap<>();
        sites.forEach(site -> known.put(site.module(), site));
        for (LoraAdapter adapter : adapters) {
            for (LoraModule module : adapter.modules()) {
                LinearSite site = module.site();
                if (!site.equals(known.get(site.module()))) {
                    throw new IllegalArgumentException("adapter " + adapter.name() + " is for another base: " + site);
                }
                List<Part> block = parts.get(site.layer()).computeIfAbsent(site.slot(), slot -> new ArrayList<>());
                block.add(new Part(adapter, module, ranks(block)));
            }
        }
        LoraAdapter trained = lastTrained ? adapters.get(adapters.size() - 1) : null;
        List<Map<Slot, Block>> layers = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            layers.add(new EnumMap<>(Slot.class));
        }
        for (LinearSite site : sites) {
            List<Part> block = parts.get(site.layer()).getOrDefault(site.slot(), List.of());
            int rows = site.rowOffset() + site.rows();
            Map<Slot, Block> blocks = layers.get(site.layer());
            Block before = blocks.get(site.slot());
            int allRows = before == null ? rows : Math.max(before.rows, rows);
            blocks.put(
                    site.slot(), new Block(allRows, site.columns(), ranks(block), trainedFrom(block, trained), block));
        }
        return layers;
    }

    private static int ranks(List<Part> parts) {
        return parts.stream().mapToInt(part -> part.module.rank()).sum();
    }

    private static int trainedFrom(List<Part> parts, LoraAdapter trained) {
        return parts.stream()
                .filter(part -> part.adapter != trained)
                .mapToInt(part -> part.module.rank())
                .sum();
    }

    /** The same stack, sharing all parameters, with one adapter switched on or off. */
    public AdapterStack with(String adapter, boolean on) {
        if (adapters.stream().noneMatch(each -> each.name().equals(adapter))) {
            throw new IllegalArgumentException("no adapter " + adapter + " in this stack");
        }
        Set<String> changed = new HashSet<>(off);
        if (on) {
            changed.remove(adapter);
        } else {
            changed.add(adapter);
        }
        return new AdapterStack(adapters, Collections.unmodifiableSet(changed), trained, layers);
    }

    public List<LoraAdapter> adapters() {
        return adapters;
    }

    public boolean isOn(String adapter) {
        return !off.contains(adapter);
    }

    /** Whether the last adapter collects gradients; not while it is switched off. */
    public boolean trains() {
        return trained && isOn(adapters.get(adapters.size() - 1).name());
    }

    public int layers() {
        return layers.size();
    }

    /** R: the ranks of all modules inside a fused linear; 0 when none is adapted. */
    public int rank(int layer, Slot slot) {
        return block(layer, slot).rank;
    }

    /** The first row of A (column of B) that belongs to the trained adapter; {@link #rank} when there is none. */
    public int trainedFrom(int layer, Slot slot) {
        return block(layer, slot).trainedFrom;
    }

    /** Of each module inside a fused linear, four numbers: the first of its rows of B and the one behind its last, then the same of its columns. */
    public long[] parts(int layer, Slot slot) {
        return block(layer, slot).parts.stream().flatMapToLong(Part::place).toArray();
    }

    /** Output features of a fused linear. */
    public int rows(int layer, Slot slot) {
        return block(layer, slot).rows;
    }

    /** Input features of a fused linear. */
    public int columns(int layer, Slot slot) {
        return block(layer, slot).columns;
    }

    /**
     * Writes the factors of a fused linear.
     *
     * @param a [R, in], filled from its position on; the position is left as it was
     * @param b [out, R], the same
     */
    public void fill(int layer, Slot slot, FloatBuffer a, FloatBuffer b) {
        Block block = block(layer, slot);
        check("A", block.rank, block.columns, a);
        check("B", block.rows, block.rank, b);
        float[] assembled = new float[Math.multiplyExact(block.rows, block.rank)];
        int from = a.position();
        for (Part part : block.parts) {
            FloatBuffer source = part.adapter.a(part.module);
            a.put(from + part.rankOffset * block.columns, source, 0, source.limit());
            if (isOn(part.adapter.name())) {
                place(part, assembled, block.rank);
            }
        }
        b.put(b.position(), assembled);
    }

    private static void place(Part part, float[] assembled, int stride) {
        LoraModule module = part.module;
        float[] source = new float[module.lengthB()];
        part.adapter.b(module).get(source);
        float scaling = (float) module.scaling();
        int rank = module.rank();
        int[] canonical = module.site().canonicalRows();
        for (int row = 0; row < canonical.length; row++) {
            int target = canonical[row] * stride + part.rankOffset;
            for (int column = 0; column < rank; column++) {
                assembled[target + column] = source[row * rank + column] * scaling;
            }
        }
    }

    /**
     * Adds the gradients of a fused linear's factors to the trained adapter's, with Rt = R - trainedFrom.
     *
     * @param gradientA [Rt, in], as it comes through the scaled B
     * @param gradientB [out, Rt], of the scaled B; the scaling is applied here
     */
    public void addGradient(int layer, Slot slot, FloatBuffer gradientA, FloatBuffer gradientB) {
        if (!trains()) {
            throw new IllegalStateException("no adapter of this stack is trained");
        }
        Block block = block(layer, slot);
        int trainedRank = block.rank - block.trainedFrom;
        check("gradient of A", trainedRank, block.columns, gradientA);
        check("gradient of B", block.rows, trainedRank, gradientB);
        LoraAdapter adapter = adapters.get(adapters.size() - 1);
        FloatBuffer gradients = adapter.gradients();
        for (Part part : block.parts) {
            if (part.adapter == adapter) {
                int first = part.rankOffset - block.trainedFrom;
                addA(part.module, gradients, gradientA, first * block.columns);
                addB(part.module, gradients, gradientB, first, trainedRank);
            }
        }
    }

    private static void addA(LoraModule module, FloatBuffer gradients, FloatBuffer source, int from) {
        float[] sum = new float[module.lengthA()];
        float[] added = new float[module.lengthA()];
        gradients.get(module.offsetA(), sum);
        source.get(source.position() + from, added);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += added[i];
        }
        gradients.put(module.offsetA(), sum);
    }

    private static void addB(LoraModule module, FloatBuffer gradients, FloatBuffer source, int from, int stride) {
        float[] sum = new float[module.lengthB()];
        int first = module.site().rowOffset();
        float[] added = new float[module.site().rows() * stride];
        gradients.get(module.offsetB(), sum);
        source.get(source.position() + first * stride, added);
        float scaling = (float) module.scaling();
        int rank = module.rank();
        int[] canonical = module.site().canonicalRows();
        for (int row = 0; row < canonical.length; row++) {
            int at = (canonical[row] - first) * stride + from;
            for (int column = 0; column < rank; column++) {
                sum[row * rank + column] += added[at + column] * scaling;
            }
        }
        gradients.put(module.offsetB(), sum);
    }

    private Block block(int layer, Slot slot) {
        Block block = layers.get(layer).get(slot);
        if (block == null) {
            throw new IllegalArgumentException("layer " + layer + " has no linear " + slot);
        }
        return block;
    }

    private static void check(String what, int rows, int columns, FloatBuffer buffer) {
        if (buffer.remaining() != (long) rows * columns) {
            throw new IllegalArgumentException(
                    what + ": wanted [" + rows + ", " + columns + "] floats, found " + buffer.remaining());
        }
    }
}
