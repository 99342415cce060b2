package dev.trefoil.kernel;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/** Arrays in the form in which the engine takes a {@code List[Tensor]}; built once where the same weights go in at every call. */
public final class KernelList implements AutoCloseable {

    private final IValue value;
    private final List<KernelArray> arrays;

    private KernelList(IValue value, List<KernelArray> arrays) {
        this.value = value;
        this.arrays = arrays;
    }

    public static KernelList of(List<KernelArray> arrays) {
        PtNDArray[] members = arrays.stream().map(KernelArray::array).toArray(PtNDArray[]::new);
        return new KernelList(IValue.listFrom(members), List.copyOf(arrays));
    }

    IValue value() {
        return value;
    }

    public List<KernelArray> arrays() {
        return arrays;
    }

    /** Ends the list, not its arrays. */
    @Override
    public void close() {
        value.close();
    }
}
