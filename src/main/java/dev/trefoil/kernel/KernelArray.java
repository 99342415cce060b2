package dev.trefoil.kernel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * An array that only kernels look into. It may be bfloat16, which the engine's own NDArray methods must never touch, so it offers its
 * shape and its end. It belongs to the {@link KernelScope} that it came from.
 */
public final class KernelArray implements AutoCloseable {

    private final PtNDArray array;

    KernelArray(PtNDArray array) {
        this.array = array;
    }

    PtNDArray array() {
        return array;
    }

    public long[] shape() {
        return array.getShape().getShape();
    }

    public long size() {
        return array.getShape().size();
    }

    /** A float32 array's values: its own memory, to be read while it is open, where this is not a device's. */
    public FloatBuffer floatBuffer() {
        if (array.getDevice().isGpu()) {
            return FloatBuffer.wrap(toFloats());
        }
        return JniUtils.getByteBuffer(array, true)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    float[] toFloats() {
        if (!array.getDevice().isGpu()) {
            return array.toFloatArray();
        }
        try (NDArray copy = array.toDevice(Device.cpu(), true)) {
            return copy.toFloatArray();
        }
    }

    long[] toLongs() {
        if (!array.getDevice().isGpu()) {
            return array.toLongArray();
        }
        try (NDArray copy = array.toDevice(Device.cpu(), true)) {
            return copy.toLongArray();
        }
    }

    /** Hands the array to another scope, which will close it. */
    public KernelArray moveTo(KernelScope scope) {
        array.attach(scope.manager());
        return this;
    }

    @Override
    public void close() {
        array.close();
    }
}
