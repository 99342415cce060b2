package dev.trefoil.optim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** AdamW with fp32 states, as {@code torch.optim.AdamW}: eight bytes of state for a number, outside the Java heap. */
public final class AdamW implements Optimizer {

    static final String FIRST = "exp_avg";
    static final String SECOND = "exp_avg_sq";

    private final AdamSettings settings;
    private final Map<String, Moments> moments = new LinkedHashMap<>();
    private long steps;

    public AdamW(AdamSettings settings) {
        this.settings = settings;
    }

    @Override
    public void step(List<Parameters> parameters, double learningRate) {
        steps++;
        AdamStep step = AdamStep.of(settings, steps, learningRate);
        for (Parameters tensor : parameters) {
            moments.computeIfAbsent(tensor.name(), name -> Moments.zeros(tensor.size()))
                    .step(step.on(tensor), tensor);
        }
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public OptimizerState state() {
        List<OptimizerState.Tensor> tensors = new ArrayList<>();
        moments.forEach((name, part) -> {
            tensors.add(new OptimizerState.Tensor(name + "/" + FIRST, "F32", Buffers.littleEndian(part.first())));
            tensors.add(new OptimizerState.Tensor(name + "/" + SECOND, "F32", Buffers.littleEndian(part.second())));
        });
        return new OptimizerState(steps, tensors);
    }

    @Override
    public void restore(OptimizerState state) {
        Map<String, Moments> restored = new LinkedHashMap<>();
        state.byParameter().forEach((name, parts) -> restored.put(name, Moments.of(name, parts)));
        moments.clear();
        moments.putAll(restored);
        steps = state.steps();
    }

    @Override
    public long stateBytes(long size) {
        return 2 * Float.BYTES * size;
    }

    /** First and second moment of one parameter. */
    record Moments(ByteBuffer first, ByteBuffer second) {

        static Moments zeros(int size) {
            return new Moments(Buffers.direct(size * (long) Float.BYTES), Buffers.direct(size * (long) Float.BYTES));
        }

        static Moments of(String name, Map<String, OptimizerState.Tensor> parts) {
            ByteBuffer first = Buffers.copyOf(name, parts, FIRST);
            ByteBuffer second = Buffers.copyOf(name, parts, SECOND);
            if (first.capacity() != second.capacity()) {
                throw new IllegalArgumentException("optimiser state of " + name + ": moments of different sizes");
            }
            return new Moments(first, second);
        }

        void step(AdamStep step, Parameters tensor) {
            if (first.capacity() / Float.BYTES != tensor.size()) {
                throw new IllegalStateException("optimiser state of " + tensor.name() + " has "
                        + first.capacity() / Float.BYTES + " numbers, the parameter " + tensor.size());
            }
            FloatBuffer firsts = first.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
            FloatBuffer seconds = second.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
            float[] values = new float[Chunk.LENGTH];
            float[] gradients = new float[Chunk.LENGTH];
            float[] m = new float[Chunk.LENGTH];
            float[] v = new float[Chunk.LENGTH];
            for (int at = 0; at < tensor.size(); at += Chunk.LENGTH) {
                int n = Math.min(Chunk.LENGTH, tensor.size() - at);
                tensor.values().get(at, values, 0, n);
                tensor.gradients().get(at, gradients, 0, n);
                firsts.get(at, m, 0, n);
                seconds.get(at, v, 0, n);
                step.apply(values, gradients, m, v, n);
                tensor.values().put(at, values, 0, n);
                firsts.put(at, m, 0, n);
                seconds.put(at, v, 0, n);
            }
        }
    }
}
