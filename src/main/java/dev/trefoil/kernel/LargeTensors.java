package dev.trefoil.kernel;

import com.sun.jna.NativeLong;

/**
 * Where the tensors of wide models lie. In the allocator's one heap tensors of tens of megabytes leave gaps as large as themselves: a
 * model of 20 billion weights would take twice the memory that it uses. With a mapping of its own (man 3 mallopt) a tensor's memory is
 * back with the system as soon as it is freed. Its pages are faulted in anew each time, which is little beside the long operations of a
 * wide model when they are huge pages (scripts/engine-environment), and much beside the short ones of a narrow one.
 */
public final class LargeTensors {

    /** Just above the pieces of 1,048,576 float32 values in which linear.py quantises: these come and go at every product. */
    static final int LEAST_BYTES = 9 << 19;

    /** Larger than any tensor. */
    private static final int NONE = 1 << 30;

    /** As malloc.h has it. */
    private static final int MAPPING_THRESHOLD = -3;

    private static final int TOP_PAD = -2;

    /** What the heap grows by: a tensor is mapped only where the heap's end has no room for it, so room there is room for large ones. */
    private static final int PAD_BYTES = 8 << 20;

    private LargeTensors() {}

    /** From now on, in the whole process; without effect where the C library is not glibc. */
    public static void mapEach() {
        mapFrom(LEAST_BYTES);
    }

    /**
     * Until {@link #mapEach} is called again they lie in the heap, whose pages are faulted in but once: for the way back, on which a block
     * leaves nothing behind, so that the next one's tensors fit where its own have been.
     */
    public static void reuseEach() {
        mapFrom(NONE);
    }

    static void mapFrom(int bytes) {
        CLibrary.function("mallopt").ifPresent(mallopt -> {
            mallopt.invokeInt(new Object[] {MAPPING_THRESHOLD, bytes});
            mallopt.invokeInt(new Object[] {TOP_PAD, PAD_BYTES});
        });
        CLibrary.function("malloc_trim").ifPresent(trim -> trim.invokeInt(new Object[] {new NativeLong(PAD_BYTES)}));
    }
}
