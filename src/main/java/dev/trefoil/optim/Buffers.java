package dev.trefoil.optim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** Memory of optimiser states: direct and little-endian, as the files that keep it. */
final class Buffers {

    private Buffers() {}

    static ByteBuffer direct(long bytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A view of all bytes, whatever the position of {@code buffer} is. */
    static ByteBuffer littleEndian(ByteBuffer buffer) {
        return buffer.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer copyOf(String parameter, Map<String, OptimizerState.Tensor> parts, String part) {
        OptimizerState.Tensor tensor = parts.get(part);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "optimiser state of " + parameter + ": no \"" + part + "\", found " + parts.keySet());
        }
        ByteBuffer source = tensor.data().duplicate().rewind();
        ByteBuffer copy = direct(source.remaining());
        copy.put(source).rewind();
        return copy;
    }
}
