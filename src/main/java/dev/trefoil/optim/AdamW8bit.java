package dev.trefoil.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW whose states are 8-bit codes with one fp32 scale per block of 256: two bytes and a little for a number instead of
 * eight. A step reads the codes, updates moments and values in fp32, and codes the moments again, each to the nearest level.
 * Parameters below 4096 numbers keep fp32 states. Source: https://arxiv.org/abs/2110.02861; bitsandbytes {@code AdamW8bit}.
 */
public final class AdamW8bit implements Optimizer {

    /** Numbers that share a scale. */
    public static final int BLOCK = 256;

    /** The smallest parameter with 8-bit states, as {@code min_8bit_size} of bitsandbytes. */
    public static final int SMALLEST = 4096;

    private final AdamSettings settings;
    private final DynamicCode signed = DynamicCode.signed();
    private final DynamicCode unsigned = DynamicCode.unsigned();
    private final Map<String, AdamW.Moments> small = new LinkedHashMap<>();
    private final Map<String, CodedMoments> coded = new LinkedHashMap<>();
    private long steps;

    public AdamW8bit(AdamSettings settings) {
        this.settings = settings;
    }

    /** The 256 levels of the codes, ascending: those of first moments if {@code signed}, else of second moments. */
    public static float[] levels(boolean signed) {
        return (signed ? DynamicCode.signed() : DynamicCode.unsigned()).levels();
    }

    @Override
    public void step(List<Parameters> parameters, double learningRate) {
        steps++;
        AdamStep step = AdamStep.of(settings, steps, learningRate);
        for (Parameters tensor : parameters) {
            if (tensor.size() < SMALLEST) {
                small.computeIfAbsent(tensor.name(), name -> AdamW.Moments.zeros(tensor.size()))
                        .step(step.on(tensor), tensor);
            } else {
                coded.computeIfAbsent(tensor.name(), name -> CodedMoments.zeros(tensor.size(), signed, unsigned))
                        .step(step.on(tensor), tensor, signed, unsigned);
            }
        }
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public OptimizerState state() {
        List<OptimizerState.Tensor> tensors = new ArrayList<>();
        small.forEach((name, part) -> {
            tensors.add(new OptimizerState.Tensor(name + "/" + AdamW.FIRST, "F32", Buffers.littleEndian(part.first())));
            tensors.add(
                    new OptimizerState.Tensor(name + "/" + AdamW.SECOND, "F32", Buffers.littleEndian(part.second())));
        });
        coded.forEach((name, part) -> tensors.addAll(part.tensors(name)));
        return new OptimizerState(steps, tensors);
    }

    @Override
    public void restore(OptimizerState state) {
        Map<String, AdamW.Moments> restoredSmall = new LinkedHashMap<>();
        Map<String, CodedMoments> restoredCoded = new LinkedHashMap<>();
        state.byParameter().forEach((name, parts) -> {
            if (parts.containsKey(AdamW.FIRST)) {
                restoredSmall.put(name, AdamW.Moments.of(name, parts));
            } else {
                restoredCoded.put(name, CodedMoments.of(name, parts));
            }
        });
        small.clear();
        small.putAll(restoredSmall);
        coded.clear();
        coded.putAll(restoredCoded);
        steps = state.steps();
    }

    @Override
    public long stateBytes(long size) {
        return size < SMALLEST ? 2 * Float.BYTES * size : 2 * (size + Float.BYTES * ((size + BLOCK - 1) / BLOCK));
    }
}
