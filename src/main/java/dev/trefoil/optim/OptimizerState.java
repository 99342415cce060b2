package dev.trefoil.optim;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a checkpoint keeps of an optimiser.
 *
 * @param steps how many steps were taken
 * @param tensors in a fixed order: by parameter in the order of first use, then by part
 */
public record OptimizerState(long steps, List<Tensor> tensors) {

    public OptimizerState {
        tensors = List.copyOf(tensors);
    }

    /**
     * One flat tensor of state.
     *
     * @param name parameter name, a slash, and the part: {@code exp_avg}, {@code exp_avg_sq}, or in 8 bits {@code state1}, {@code
     *     absmax1}, {@code state2}, {@code absmax2}
     * @param dtype as in safetensors: F32 or U8
     * @param data little-endian bytes, position 0 to limit
     */
    public record Tensor(String name, String dtype, ByteBuffer data) {

        /** How many numbers. */
        public long size() {
            return data.limit() / (dtype.equals("F32") ? Float.BYTES : 1);
        }
    }

    /** The parts of every parameter, in order: parameter name to part name to tensor. */
    Map<String, Map<String, Tensor>> byParameter() {
        Map<String, Map<String, Tensor>> result = new LinkedHashMap<>();
        for (Tensor tensor : tensors) {
            int slash = tensor.name().lastIndexOf('/');
            if (slash < 0) {
                throw new IllegalArgumentException("optimiser state: \"" + tensor.name() + "\" names no part");
            }
            result.computeIfAbsent(tensor.name().substring(0, slash), key -> new LinkedHashMap<>())
                    .put(tensor.name().substring(slash + 1), tensor);
        }
        return result;
    }
}
