package dev.trefoil.model;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.kernel.BlockContext;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Milliseconds of the kernels that a step is made of, on one lane: {@code scripts/bench-kernels --base DIR}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBenchmark {

    private static final int PROMPT = 32;
    private static final int NEW_TOKENS = 16;

    /** See {@link Role#decode}. */
    private static final float[] GREEDY = {1, 0, 1, 0, 1, 1, 0, 0};

    /** How a base is multiplied with. */
    public enum Products {
        BF16(EngineConfig.defaults()),
        FP32(EngineConfig.parity()),
        INT8(EngineConfig.int8Parity(6).with(Compute.BF16));

        private final EngineConfig engine;

        Products(EngineConfig engine) {
            this.engine = engine;
        }
    }

    /** Base store; there is none by default, for the embedded one is too small to show anything. */
    @Param("")
    public String base;

    @Param({"BF16", "FP32", "INT8"})
    public Products products;

    /** Texts at once. */
    @Param({"1", "4"})
    public int rows;

    /** Tokens of each. */
    @Param("256")
    public int columns;

    private SharedBase shared;
    private Role role;
    private KernelScope scope;
    private KernelList factors;
    private BlockContext context;
    private KernelArray x;
    private KernelList saved;
    private KernelArray hidden;
    private KernelArray targets;
    private KernelArray gradient;

    @Setup
    public void open() {
        shared = SharedBase.open(Path.of(base), products.engine);
        role = Role.of(shared, AdapterStack.of(shared.sites(), List.of(), false));
        Kernels kernels = shared.kernels();
        scope = kernels.root().inner();
        factors = KernelList.of(Collections.nCopies(Kernels.BLOCK_FACTORS, shared.none()));
        int tokens = rows * columns;
        long[] places = IntStream.range(0, tokens).mapToLong(i -> i % columns).toArray();
        KernelArray positions = scope.longs(places, rows, columns);
        KernelArray ids = scope.longs(places, rows, columns);
        List<KernelArray> turns = kernels.turnTables(scope, positions, shared.tables());
        KernelArray documents = scope.longs(new long[tokens], rows, columns);
        KernelArray bias = kernels.documentBias(scope, documents, 0, shared.slopes());
        context = new BlockContext(turns.get(0), turns.get(1), bias, shared.none(), shared.none());
        x = kernels.embed(scope, ids, positions, shared.embedding());
        List<KernelArray> found = forward(scope);
        saved = KernelList.of(found.subList(1, found.size()));
        hidden = kernels.selectRows(
                scope, x, scope.longs(LongStream.range(0, tokens).toArray(), tokens));
        targets = scope.longs(places, tokens);
        gradient = scope.floats(new float[tokens], tokens);
    }

    @TearDown
    public void close() {
        saved.close();
        factors.close();
        scope.close();
        role.close();
        shared.close();
    }

    private List<KernelArray> forward(KernelScope to) {
        return shared.kernels()
                .blockForward(
                        to,
                        x,
                        context,
                        0,
                        shared.engine().save().code(),
                        role.factors().ranks(0),
                        shared.blocks().get(0),
                        factors);
    }

    @Benchmark
    public void blockForward() {
        try (KernelScope inner = scope.inner()) {
            forward(inner);
        }
    }

    @Benchmark
    public void blockBack() {
        try (KernelScope inner = scope.inner()) {
            shared.kernels()
                    .blockVjp(
                            inner,
                            x,
                            x,
                            context,
                            0,
                            role.factors().ranks(0),
                            shared.blocksBack().get(0),
                            factors,
                            saved);
        }
    }

    @Benchmark
    public void headForwardAndBack() {
        try (KernelScope inner = scope.inner()) {
            shared.kernels().tokenLogProbsVjp(inner, hidden, targets, 1, gradient, shared.head());
        }
    }

    /** A prompt of 32 tokens and 16 new ones, for all rows; {@code columns} does not matter. */
    @Benchmark
    public Decoded decode() {
        int[] ids = new int[rows * PROMPT];
        int[] lengths = new int[rows];
        Arrays.fill(lengths, PROMPT);
        return role.decode(ids, lengths, new float[rows * NEW_TOKENS], GREEDY, new int[0]);
    }
}
