package dev.trefoil.stage.pretrain;

import dev.trefoil.artifact.NumberFormats;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.optim.Parameters;
import dev.trefoil.rl.CounterRandom;
import dev.trefoil.train.Trainable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All weights of a model with a tied head in one float buffer, which the engine sees in place. */
final class ScratchModel {

    /** Standard deviation of new weights, as transformers initialises LLaMA and GPT-2. */
    static final double INITIALIZER_RANGE = 0.02;

    /** A block's weights in the order of block_vjp's gradients, and where each and its bias stand among the 18 of block.py. */
    private static final List<String> BLOCK = List.of(".norm1", ".qkv", ".out", ".norm2", ".up", ".down");

    private static final int[] PLACES = {0, 2, 5, 8, 10, 13};
    private static final int[] BIAS_PLACES = {1, 4, 7, 9, 12, 15};

    private static final String BIAS = ".bias";

    /**
     * A weight's place in the buffer and how it starts. A vector, norm or bias, has one row.
     *
     * @param mean of its first values
     * @param deviation of its first values
     */
    record Weight(String name, int rows, int columns, int offset, double mean, double deviation) {
        int length() {
            return rows * columns;
        }

        boolean isVector() {
            return rows == 1;
        }
    }

    private final PretrainConfig.Model shape;
    private final int vocabulary;
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final ByteBuffer values;
    private final ByteBuffer gradients;

    private ScratchModel(PretrainConfig.Model shape, int vocabulary) {
        this.shape = shape;
        this.vocabulary = vocabulary;
        declare();
        this.values = floats(size());
        this.gradients = floats(size());
    }

    static ScratchModel create(PretrainConfig.Model shape, int vocabulary, long seed) {
        ScratchModel model = new ScratchModel(shape, vocabulary);
        model.initialise(seed);
        return model;
    }

    private void declare() {
        int hidden = shape.hidden();
        matrix("embed", vocabulary, hidden, INITIALIZER_RANGE);
        if (shape.family().learnsPositions()) {
            matrix("positions", shape.context(), hidden, INITIALIZER_RANGE);
        }
        norm("final_norm");
        for (int i = 0; i < shape.layers(); i++) {
            norm(i + ".norm1");
            linear(i + ".qkv", (shape.heads() + 2 * shape.kvHeads()) * shape.headDim(), hidden, INITIALIZER_RANGE);
            linear(i + ".out", hidden, hidden, residualRange());
            norm(i + ".norm2");
            linear(i + ".up", (shape.family().gated() ? 2 : 1) * shape.intermediate(), hidden, INITIALIZER_RANGE);
            linear(i + ".down", hidden, shape.intermediate(), residualRange());
        }
    }

    /** GPT-2's linears that write into the residual stream start smaller, by the root of how many there are (Radford et al. 2019). */
    private double residualRange() {
        return shape.family() == PretrainConfig.Family.GPT2
                ? INITIALIZER_RANGE / Math.sqrt(2.0 * shape.layers())
                : INITIALIZER_RANGE;
    }

    private void norm(String name) {
        add(name, 1, shape.hidden(), 1, 0);
        bias(name, shape.hidden());
    }

    private void linear(String name, int rows, int columns, double deviation) {
        matrix(name, rows, columns, deviation);
        bias(name, rows);
    }

    private void bias(String name, int length) {
        if (shape.family().biased()) {
            add(name + BIAS, 1, length, 0, 0);
        }
    }

    private void matrix(String name, int rows, int columns, double deviation) {
        add(name, rows, columns, 0, deviation);
    }

    private void add(String name, int rows, int columns, double mean, double deviation) {
        weights.put(name, new Weight(name, rows, columns, size(), mean, deviation));
    }

    /** Number of weights. */
    int size() {
        return weights.values().stream().mapToInt(Weight::length).sum();
    }

    private static ByteBuffer floats(int count) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(count, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void initialise(long seed) {
        CounterRandom random = CounterRandom.of(seed, "pretrain", 0, 0, "weights");
        FloatBuffer target = values();
        for (Weight weight : weights.values()) {
            for (int i = 0; i < weight.length(); i++) {
                double noise = weight.deviation() > 0 ? random.gaussian() * weight.deviation() : 0;
                target.put(weight.offset() + i, (float) (weight.mean() + noise));
            }
        }
    }

    PretrainConfig.Model shape() {
        return shape;
    }

    int vocabulary() {
        return vocabulary;
    }

    /** In the order of the buffer. */
    List<Weight> weights() {
        return List.copyOf(weights.values());
    }

    FloatBuffer values() {
        return values.asFloatBuffer();
    }

    FloatBuffer gradients() {
        return gradients.asFloatBuffer();
    }

    /**
     * What the optimiser trains: all numbers as one, or, where weights decay, runs of neighbours that decay or not. Norms and
     * biases do not, as in transformers' Trainer.
     */
    List<Trainable> trainables(boolean decay) {
        if (!decay) {
            return List.of(Trainable.of("weights", values(), gradients()));
        }
        List<Trainable> runs = new ArrayList<>();
        List<Weight> all = weights();
        int first = 0;
        for (int next = 1; next <= all.size(); next++) {
            if (next == all.size() || all.get(next).isVector() != all.get(first).isVector()) {
                runs.add(trainable(all.subList(first, next)));
                first = next;
            }
        }
        return runs;
    }

    private Trainable trainable(List<Weight> neighbours) {
        Weight first = neighbours.get(0);
        int length = neighbours.stream().mapToInt(Weight::length).sum();
        Parameters parameters = new Parameters(
                first.name(),
                values().slice(first.offset(), length),
                gradients().slice(first.offset(), length),
                !first.isVector());
        return new Trainable(parameters, index -> nameAt(first.offset() + index));
    }

    private String nameAt(int index) {
        return weights.values().stream()
                .filter(weight -> index < weight.offset() + weight.length())
                .findFirst()
                .orElseThrow()
                .name();
    }

    /** The 18 weights of a block in the order of block.py, seen in place; {@code none} where the family has none. */
    List<KernelArray> block(KernelScope scope, int layer, KernelArray none) {
        List<KernelArray> arrays = new ArrayList<>(Collections.nCopies(Kernels.BLOCK_WEIGHTS, none));
        for (int i = 0; i < BLOCK.size(); i++) {
            arrays.set(PLACES[i], array(scope, layer + BLOCK.get(i), none));
            arrays.set(BIAS_PLACES[i], array(scope, layer + BLOCK.get(i) + BIAS, none));
        }
        return arrays;
    }

    KernelArray embedding(KernelScope scope, KernelArray none) {
        return array(scope, "embed", none);
    }

    /** The table of learned positions [context, hidden], or {@code none}. */
    KernelArray positions(KernelScope scope, KernelArray none) {
        return array(scope, "positions", none);
    }

    KernelArray finalNorm(KernelScope scope, KernelArray none) {
        return array(scope, "final_norm", none);
    }

    KernelArray finalNormBias(KernelScope scope, KernelArray none) {
        return array(scope, "final_norm" + BIAS, none);
    }

    private KernelArray array(KernelScope scope, String name, KernelArray none) {
        Weight weight = weights.get(name);
        if (weight == null) {
            return none;
        }
        ByteBuffer slice = values.slice(weight.offset() * Float.BYTES, weight.length() * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        return weight.isVector()
                ? scope.float32(slice, weight.columns())
                : scope.float32(slice, weight.rows(), weight.columns());
    }

    /** Adds the gradients of a block's weights as block_vjp gives them: those of {@link #BLOCK}, then those of their biases. */
    void addBlockGradients(int layer, List<KernelArray> found) {
        for (int i = 0; i < BLOCK.size(); i++) {
            add(layer + BLOCK.get(i), found.get(i));
            add(layer + BLOCK.get(i) + BIAS, found.get(BLOCK.size() + i));
        }
    }

    /** @param found of weight and bias */
    void addFinalNormGradients(List<KernelArray> found) {
        add("final_norm", found.get(0));
        add("final_norm" + BIAS, found.get(1));
    }

    /** The table is embedding and head in one, so it gets the sum of both. */
    void addTableGradient(KernelArray ofEmbedding, float[] ofHead) {
        add("embed", ofEmbedding);
        add("embed", FloatBuffer.wrap(ofHead));
    }

    void addPositionsGradient(KernelArray gradient) {
        add("positions", gradient);
    }

    private void add(String name, KernelArray gradient) {
        if (weights.containsKey(name)) {
            add(name, gradient.floatBuffer());
        }
    }

    private void add(String name, FloatBuffer gradient) {
        Weight weight = weights.get(name);
        FloatBuffer target = gradients().slice(weight.offset(), weight.length());
        for (int i = 0; i < weight.length(); i++) {
            target.put(i, target.get(i) + gradient.get(i));
        }
    }

    /** Some rows of a matrix as float16. */
    Tensor half(String name, int row, int rows) {
        Weight weight = weights.get(name);
        int from = weight.offset() + row * weight.columns();
        return new Tensor("F16", new long[] {rows, weight.columns()}, halves(from, rows, weight.columns(), false));
    }

    /** A vector as float16. */
    Tensor halfVector(String name) {
        Weight weight = weights.get(name);
        return new Tensor("F16", new long[] {weight.columns()}, halves(weight.offset(), 1, weight.columns(), false));
    }

    /** A matrix as float16, [columns, rows]: how GPT-2's Conv1D keeps a linear. */
    Tensor halfTransposed(String name) {
        Weight weight = weights.get(name);
        return new Tensor(
                "F16",
                new long[] {weight.columns(), weight.rows()},
                halves(weight.offset(), weight.rows(), weight.columns(), true));
    }

    private ByteBuffer halves(int from, int rows, int columns, boolean transposed) {
        // on the heap: weights, gradients and moments nearly fill what Java allows outside of it
        ByteBuffer half = ByteBuffer.allocate(rows * columns * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer source = values();
        for (int i = 0; i < rows * columns; i++) {
            int at = transposed ? i % rows * columns + i / rows : i;
            half.putShort(NumberFormats.toHalf(source.get(from + at)));
        }
        return half.flip();
    }
}
