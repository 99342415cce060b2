package dev.trefoil.model;

import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile.Info;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The mapped tensors of a base store in the order in which block.py and decode.py take them. Nothing is copied, but for the linears of a
 * small base when they are kept, dequantised or packed for int8 products.
 */
final class BaseWeights {

    /** Where the weights of a block's linears stand, each before its absmax. */
    private static final int[] LINEARS = {2, 5, 10, 13};

    private static final int UP = 2;
    private static final int DOWN = 3;

    /** Where what goes back through them stands. */
    private static final int TRANSPOSES = 18;

    private final BaseStore store;
    private final KernelScope scope;
    private final KernelArray none;
    private final Kernels kernels;
    private final boolean keeps;
    private final boolean reorders;
    private final boolean packs;
    private final EngineConfig engine;
    private final List<KernelList> mappedBlocks = new ArrayList<>();
    private List<KernelList> blocks;
    private List<KernelList> blocksBack;
    private final List<KernelArray> outer = new ArrayList<>();
    private final List<KernelArray> tables;
    private final KernelArray slopes;

    private BaseWeights(BaseStore store, Kernels kernels, EngineConfig engine) {
        this.store = store;
        this.kernels = kernels;
        this.scope = kernels.root();
        this.reorders = !scope.copies() && kernels.reordersWeights(scope);
        this.packs = reorders && engine.packsLinears(store.config()) && kernels.packsInt8(scope);
        this.keeps = packs || engine.keepsLinears(store.config());
        this.engine = engine;
        this.none = kernels.none(scope);
        this.tables = turnTables();
        this.slopes = headSlopes();
    }

    static BaseWeights map(BaseStore store, Kernels kernels, EngineConfig engine) {
        BaseWeights weights = new BaseWeights(store, kernels, engine);
        for (int i = 0; i < store.config().shape().layers(); i++) {
            weights.mappedBlocks.add(KernelList.of(weights.block("layers." + i + ".")));
        }
        String head = store.config().switches().tiedHead() ? "embed.weight" : "head.weight";
        weights.outer.addAll(List.of(
                weights.mapped("embed.weight"),
                weights.mapped("position.weight"),
                weights.mapped("embed_norm.weight"),
                weights.mapped("embed_norm.bias"),
                weights.mapped("final_norm.weight"),
                weights.mapped("final_norm.bias"),
                weights.mapped(head),
                weights.mapped(BaseLayout.absmaxOf(head))));
        return weights;
    }

    private List<KernelArray> block(String at) {
        List<KernelArray> w = new ArrayList<>();
        w.add(mapped(at + "norm1.weight"));
        w.add(mapped(at + "norm1.bias"));
        linear(w, at + "qkv");
        linear(w, at + "out");
        w.add(mapped(at + "norm2.weight"));
        w.add(mapped(at + "norm2.bias"));
        linear(w, at + "up");
        linear(w, at + "down");
        w.add(mapped(at + "q_norm.weight"));
        w.add(mapped(at + "k_norm.weight"));
        w.addAll(Collections.nCopies(LINEARS.length, none));
        return w;
    }

    private void linear(List<KernelArray> w, String name) {
        w.add(mapped(name + ".weight"));
        w.add(mapped(name + ".absmax"));
        w.add(mapped(name + ".bias"));
    }

    private KernelArray mapped(String name) {
        if (!store.has(name)) {
            return none;
        }
        Info info = store.info(name);
        return switch (info.dtype()) {
            case "I8" -> scope.int8(store.bytes(name), info.shape());
            case "F32" -> scope.float32(store.bytes(name), info.shape());
            case "BF16" -> scope.bfloat16Bits(store.bytes(name), info.shape());
            default ->
                throw UserError.data(store.folder() + ": " + name + " is " + info.dtype()
                        + "; wanted I8, F32 or BF16. Prepare the base again.");
        };
    }

    /** Cosine and sine by position, [context, rotary/2]; no columns without rotary positions. */
    private List<KernelArray> turnTables() {
        Shape shape = store.config().shape();
        Switches switches = store.config().switches();
        int context = shape.contextLength();
        double[] frequencies = switches.position() == Switches.Position.ROTARY
                ? switches.ropeScaling().inverseFrequencies(switches.ropeTheta(), switches.rotaryDims())
                : new double[0];
        float attention = (float) switches.ropeScaling().attention();
        float[] cos = new float[context * frequencies.length];
        float[] sin = new float[cos.length];
        for (int p = 0; p < context; p++) {
            for (int i = 0; i < frequencies.length; i++) {
                // the published models take the angle as a float32 product
                double angle = (float) p * (float) frequencies[i];
                cos[p * frequencies.length + i] = (float) Math.cos(angle) * attention;
                sin[p * frequencies.length + i] = (float) Math.sin(angle) * attention;
            }
        }
        return List.of(scope.floats(cos, context, frequencies.length), scope.floats(sin, context, frequencies.length));
    }

    /** ALiBi's slopes, [heads]; empty for other positions. */
    private KernelArray headSlopes() {
        if (store.config().switches().position() != Switches.Position.ALIBI) {
            return none;
        }
        float[] slopes = AlibiSlopes.of(store.config().shape().heads());
        return scope.floats(slopes, slopes.length);
    }

    KernelArray none() {
        return none;
    }

    /** As they lie in the files: 22 tensors a block. */
    List<KernelList> mappedBlocks() {
        return mappedBlocks;
    }

    /** For passes over many tokens: the same, or with linears that are kept, which the first call makes. */
    synchronized List<KernelList> blocks() {
        if (blocks == null) {
            blocks = keeps ? mappedBlocks.stream().map(this::kept).toList() : mappedBlocks;
        }
        return blocks;
    }

    /** For the way back: the same, with the transposes of reordered and packed linears, which the first call makes. */
    synchronized List<KernelList> blocksBack() {
        if (blocksBack == null) {
            blocksBack = keeps && reorders
                    ? IntStream.range(0, mappedBlocks.size())
                            .mapToObj(this::withTransposes)
                            .toList()
                    : blocks();
        }
        return blocksBack;
    }

    private KernelList kept(KernelList block) {
        List<KernelArray> w = new ArrayList<>(block.arrays());
        for (int i = 0; i < LINEARS.length; i++) {
            KernelArray weight = w.get(LINEARS[i]);
            KernelArray absmax = w.get(LINEARS[i] + 1);
            w.set(LINEARS[i], packsForward(i) ? kernels.packed(scope, weight) : floating(weight, absmax));
        }
        return KernelList.of(w);
    }

    private KernelList withTransposes(int layer) {
        List<KernelArray> w = new ArrayList<>(blocks().get(layer).arrays());
        List<KernelArray> mapped = mappedBlocks.get(layer).arrays();
        for (int i = 0; i < LINEARS.length; i++) {
            KernelArray weight = mapped.get(LINEARS[i]);
            KernelArray absmax = mapped.get(LINEARS[i] + 1);
            w.set(
                    TRANSPOSES + i,
                    packsBack(i)
                            ? kernels.packedTranspose(scope, weight)
                            : kernels.reorderedTranspose(scope, weight, absmax));
        }
        return KernelList.of(w);
    }

    private KernelArray floating(KernelArray weight, KernelArray absmax) {
        return reorders ? kernels.reordered(scope, weight, absmax) : kernels.dequantised(scope, weight, absmax);
    }

    private boolean packsForward(int linear) {
        return packs && engine.int8Forward() && (linear != DOWN || engine.int8InnerForward());
    }

    private boolean packsBack(int linear) {
        return packs && engine.int8Backward() && (linear != UP || engine.int8InnerBackward());
    }

    /** Whether weights can be brought into the engine's order. */
    boolean reorders() {
        return reorders;
    }

    /** Token table, position table, embedding norm weight and bias, final norm weight and bias, head weight, head absmax. */
    List<KernelArray> outer() {
        return outer;
    }

    /** Cosines and sines by position. */
    List<KernelArray> tables() {
        return tables;
    }

    /** The same without columns, for layers that do not rotate. */
    List<KernelArray> noTables() {
        int context = store.config().shape().contextLength();
        return List.of(scope.floats(new float[0], context, 0), scope.floats(new float[0], context, 0));
    }

    KernelArray slopes() {
        return slopes;
    }
}
