package dev.trefoil.model;

import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.family.Family;
import dev.trefoil.kernel.Arithmetic;
import dev.trefoil.kernel.BlockConstants;
import dev.trefoil.kernel.ComputeDevice;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelConstants;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.kernel.Lanes;
import dev.trefoil.kernel.LargeTensors;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import dev.trefoil.quant.ReadAhead;
import dev.trefoil.quant.Switches;
import dev.trefoil.token.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/**
 * The one frozen base that every role shares: mapped from its store, never trained, copied for no role.
 *
 * <p>Not thread-safe: a pass uses all cores by itself.
 */
public final class SharedBase implements AutoCloseable {

    /** Operations of wider models are long and their tensors large: a dequantised weight in each lane would cost memory. */
    private static final int WIDE = 2048;

    private final BaseStore store;
    private final EngineConfig engine;
    private final Kernels kernels;
    private final Lanes lanes;
    private final BaseWeights weights;
    private final List<LinearSite> sites;
    private final KernelList embedding;
    private final KernelList head;
    private final KernelList tables;
    private final KernelList noTables;
    private final ReadAhead readAhead;
    private Tokenizer tokenizer;

    private SharedBase(BaseStore store, EngineConfig engine, Kernels kernels, BaseWeights weights) {
        this.store = store;
        this.engine = engine;
        this.kernels = kernels;
        this.lanes = wide(store.config()) || onDevice() ? Lanes.of(1, 1) : Lanes.ofEngine();
        this.weights = weights;
        this.sites = Family.of(store.config().family()).sites(store.config());
        this.embedding = KernelList.of(weights.outer().subList(0, 4));
        this.head = KernelList.of(weights.outer().subList(6, 8));
        this.tables = KernelList.of(weights.tables());
        this.noTables = KernelList.of(weights.noTables());
        this.readAhead = store.readAhead();
    }

    /**
     * Maps a base store.
     *
     * @throws UserError when the folder is no base store or is damaged
     */
    public static SharedBase open(Path folder, EngineConfig engine) {
        return open(folder, engine, Arithmetic.EXACT_UNIT);
    }

    /**
     * Maps a base store, for comparing with an engine that rescales int8 products by another constant than 1/127^2.
     *
     * @param int8Unit that constant
     */
    public static SharedBase open(Path folder, EngineConfig settings, double int8Unit) {
        EngineConfig engine = settings.decided();
        BaseStore store = BaseStore.open(folder);
        if (wide(store.config())) {
            LargeTensors.mapEach();
        }
        BlockConstants block = blockConstants(store.config());
        KernelConstants constants =
                new KernelConstants(block, engine.arithmetic().withInt8Unit(int8Unit), false);
        Kernels kernels = Kernels.load(constants, engine.device());
        return new SharedBase(store, engine, kernels, BaseWeights.map(store, kernels, engine));
    }

    private boolean onDevice() {
        return engine.device() != ComputeDevice.CPU;
    }

    /** Whether operations are so long that parts of a batch need no lanes, and so wide that large tensors have mappings of their own, see {@link LargeTensors}. */
    public static boolean wide(BaseConfig config) {
        return config.shape().hiddenSize() > WIDE;
    }

    /** Arrays of the engine that live over this base now: its own and those of roles and passes that are not closed. */
    public int arrays() {
        return kernels.root().arrays();
    }

    private static BlockConstants blockConstants(BaseConfig config) {
        Switches switches = config.switches();
        return new BlockConstants(
                config.shape().heads(),
                config.shape().kvHeads(),
                config.shape().headDim(),
                switches.normEps(),
                switches.norm() == Switches.Norm.LAYER,
                switches.residual() == Switches.Residual.PARALLEL,
                switches.gated(),
                switches.activation().ordinal(),
                switches.qkNorm());
    }

    public BaseConfig config() {
        return store.config();
    }

    public EngineConfig engine() {
        return engine;
    }

    public Path folder() {
        return store.folder();
    }

    /** Identifies weights, quantiser and shape; artifacts record it. */
    public String hash() {
        return store.config().baseHash();
    }

    /** All published linears of the blocks. */
    public List<LinearSite> sites() {
        return sites;
    }

    /**
     * The base's tokenizer, opened at the first call.
     *
     * @throws UserError when the store has none
     */
    public Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = Tokenizer.open(store.folder());
        }
        return tokenizer;
    }

    /** To be told which block comes next. */
    ReadAhead readAhead() {
        return readAhead;
    }

    Kernels kernels() {
        return kernels;
    }

    Lanes lanes() {
        return lanes;
    }

    KernelArray none() {
        return weights.none();
    }

    /** What a generation of so many rows and new tokens reorders. */
    Reordering reordering(int rows, int steps) {
        boolean here = engine.compute() == Compute.BF16 ? weights.reorders() : !onDevice();
        return here ? Reordering.of(store.config(), engine, rows, steps) : Reordering.NONE;
    }

    /** The blocks' tensors for decoding so many rows at a time: few read each weight once, as it lies in the file. */
    List<KernelList> blocksFor(int rows, Reordering reordering) {
        boolean mapped = reordering.readsMapped() || rows < Reordering.LEAST_BFLOAT16_ROWS && !onDevice();
        return mapped ? weights.mappedBlocks() : weights.blocks();
    }

    /** The blocks' tensors for passes over many tokens. */
    List<KernelList> blocks() {
        return weights.blocks();
    }

    /** The blocks' tensors for the way back of such passes. */
    List<KernelList> blocksBack() {
        return weights.blocksBack();
    }

    KernelList embedding() {
        return embedding;
    }

    KernelList head() {
        return head;
    }

    /** Cosines and sines by position. */
    KernelList tables() {
        return tables;
    }

    /** The same for layers without rotation. */
    KernelList noTables() {
        return noTables;
    }

    /** ALiBi's slopes, or none. */
    KernelArray slopes() {
        return weights.slopes();
    }

    /** The LM head's weight [vocabulary, hidden], which is the embedding where they are tied. */
    public float[] headValues() {
        return store.floats(store.config().switches().tiedHead() ? "embed.weight" : "head.weight");
    }

    /** What an adapter that holds the LM head in full may call it, today's name first. */
    public List<String> headModules() {
        return Family.of(store.config().family()).headModules();
    }

    KernelArray finalNormWeight() {
        return weights.outer().get(4);
    }

    /** Whether the engine lets other texts of a batch change a text's rounding; {@code engine.outliers: entries} never does. */
    public boolean choosesOutliersByBatch() {
        return seesWholeBatch() || multipliesInt8() && engine().outliers() == Outliers.LARGEST;
    }

    /** Whether a batch must not be computed in parts: as published, its outlier columns are those of all rows. */
    boolean seesWholeBatch() {
        return multipliesInt8() && engine().outliers() == Outliers.COLUMNS && engine().threshold() > 0;
    }

    private boolean multipliesInt8() {
        return config().precision() == Precision.INT8 && engine().int8Forward();
    }

    KernelArray finalNormBias() {
        return weights.outer().get(5);
    }

    List<KernelArray> outer() {
        return weights.outer();
    }

    @Override
    public void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
        lanes.close();
        readAhead.close();
        kernels.close();
        store.close();
    }
}
