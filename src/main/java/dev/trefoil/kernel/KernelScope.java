package dev.trefoil.kernel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Owner of arrays: closing a scope closes all that was made in it, and its inner scopes. */
public final class KernelScope implements AutoCloseable {

    private final PtNDManager manager;
    private final Device device;
    private final KernelScope outer;
    private final Set<KernelScope> inner = ConcurrentHashMap.newKeySet();

    KernelScope(NDManager manager, Device device) {
        this(manager, device, null);
    }

    private KernelScope(NDManager manager, Device device, KernelScope outer) {
        this.manager = (PtNDManager) manager;
        this.device = device;
        this.outer = outer;
    }

    PtNDManager manager() {
        return manager;
    }

    public KernelScope inner() {
        KernelScope scope = new KernelScope(manager.newSubManager(), device, this);
        inner.add(scope);
        return scope;
    }

    /** Arrays that live in this scope and in its inner ones. */
    public int arrays() {
        return manager.getManagedArrays().size()
                + inner.stream().mapToInt(KernelScope::arrays).sum();
    }

    /** A copy of the values as float32. */
    public KernelArray floats(float[] values, long... shape) {
        return array(manager.create(values, new Shape(shape)));
    }

    /** A copy of the values as int64. */
    public KernelArray longs(long[] values, long... shape) {
        return array(manager.create(values, new Shape(shape)));
    }

    /** A copy of the values as int64. */
    public KernelArray longs(int[] values, long... shape) {
        return longs(Arrays.stream(values).asLongStream().toArray(), shape);
    }

    /** A copy of the values as int8. */
    public KernelArray int8(byte[] values, long... shape) {
        return array(manager.create(values, new Shape(shape)));
    }

    /** Whether memory that is seen here is a copy on a device of its own, which does not follow the original. */
    public boolean copies() {
        return device.isGpu();
    }

    /** Memory of a direct buffer seen as int8, not copied on the CPU. */
    public KernelArray int8(ByteBuffer memory, long... shape) {
        return array(manager.create(memory, new Shape(shape), DataType.INT8));
    }

    /** Memory of a direct buffer seen as float32, not copied on the CPU. */
    public KernelArray float32(ByteBuffer memory, long... shape) {
        return array(manager.create(memory, new Shape(shape), DataType.FLOAT32));
    }

    /** Memory of a direct buffer that holds bfloat16, not copied on the CPU; it travels as float16 and the kernels know it (linear.py). */
    public KernelArray bfloat16Bits(ByteBuffer memory, long... shape) {
        return array(manager.create(memory, new Shape(shape), DataType.FLOAT16));
    }

    private KernelArray array(NDArray array) {
        if (!device.isGpu()) {
            return new KernelArray((PtNDArray) array);
        }
        try (array) {
            return new KernelArray((PtNDArray) array.toDevice(device, true));
        }
    }

    @Override
    public void close() {
        manager.close();
        inner.clear();
        if (outer != null) {
            outer.inner.remove(this);
        }
    }
}
