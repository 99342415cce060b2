package dev.trefoil.optim;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/** Both moments of one parameter as codes [size], with the largest magnitude of each block of 256 [blocks]. */
record CodedMoments(ByteBuffer codes1, ByteBuffer absmax1, ByteBuffer codes2, ByteBuffer absmax2) {

    static CodedMoments zeros(int size, DynamicCode signed, DynamicCode unsigned) {
        return new CodedMoments(codes(size, signed), scales(size), codes(size, unsigned), scales(size));
    }

    static CodedMoments of(String name, Map<String, OptimizerState.Tensor> parts) {
        CodedMoments moments = new CodedMoments(
                Buffers.copyOf(name, parts, "state1"),
                Buffers.copyOf(name, parts, "absmax1"),
                Buffers.copyOf(name, parts, "state2"),
                Buffers.copyOf(name, parts, "absmax2"));
        int size = moments.codes1.capacity();
        int scaleBytes = blocks(size) * Float.BYTES;
        if (moments.codes2.capacity() != size
                || moments.absmax1.capacity() != scaleBytes
                || moments.absmax2.capacity() != scaleBytes) {
            throw new IllegalArgumentException(
                    "optimiser state of " + name + ": codes and scales do not fit each other");
        }
        return moments;
    }

    List<OptimizerState.Tensor> tensors(String name) {
        return List.of(
                new OptimizerState.Tensor(name + "/state1", "U8", Buffers.littleEndian(codes1)),
                new OptimizerState.Tensor(name + "/absmax1", "F32", Buffers.littleEndian(absmax1)),
                new OptimizerState.Tensor(name + "/state2", "U8", Buffers.littleEndian(codes2)),
                new OptimizerState.Tensor(name + "/absmax2", "F32", Buffers.littleEndian(absmax2)));
    }

    void step(AdamStep step, Parameters tensor, DynamicCode signed, DynamicCode unsigned) {
        if (codes1.capacity() != tensor.size()) {
            throw new IllegalStateException("optimiser state of " + tensor.name() + " has " + codes1.capacity()
                    + " numbers, the parameter " + tensor.size());
        }
        int length = AdamW8bit.BLOCK;
        FloatBuffer scales1 = absmax1.asFloatBuffer();
        FloatBuffer scales2 = absmax2.asFloatBuffer();
        float[] values = new float[length];
        float[] gradients = new float[length];
        float[] m = new float[length];
        float[] v = new float[length];
        for (int at = 0, block = 0; at < tensor.size(); at += length, block++) {
            int n = Math.min(length, tensor.size() - at);
            tensor.values().get(at, values, 0, n);
            tensor.gradients().get(at, gradients, 0, n);
            decode(codes1, scales1.get(block), signed, at, m, n);
            decode(codes2, scales2.get(block), unsigned, at, v, n);
            step.apply(values, gradients, m, v, n);
            tensor.values().put(at, values, 0, n);
            scales1.put(block, encode(codes1, signed, at, m, n));
            scales2.put(block, encode(codes2, unsigned, at, v, n));
        }
    }

    private static void decode(ByteBuffer codes, float absmax, DynamicCode code, int at, float[] out, int n) {
        byte[] block = new byte[n];
        codes.get(at, block);
        for (int i = 0; i < n; i++) {
            out[i] = code.level(block[i] & 0xff) * absmax;
        }
    }

    /** Writes the codes of one block and returns its scale; a block of zeros has scale 0. */
    private static float encode(ByteBuffer codes, DynamicCode code, int at, float[] x, int n) {
        float absmax = 0;
        for (int i = 0; i < n; i++) {
            absmax = Math.max(absmax, Math.abs(x[i]));
        }
        byte[] block = new byte[n];
        for (int i = 0; i < n; i++) {
            block[i] = (byte) code.nearest(absmax == 0 ? 0f : x[i] / absmax);
        }
        codes.put(at, block);
        return absmax;
    }

    private static ByteBuffer codes(int size, DynamicCode code) {
        ByteBuffer codes = Buffers.direct(size);
        for (int i = 0; i < size; i++) {
            codes.put(i, (byte) code.zero());
        }
        return codes;
    }

    private static ByteBuffer scales(int size) {
        return Buffers.direct(blocks(size) * (long) Float.BYTES);
    }

    private static int blocks(int size) {
        return (size + AdamW8bit.BLOCK - 1) / AdamW8bit.BLOCK;
    }
}
