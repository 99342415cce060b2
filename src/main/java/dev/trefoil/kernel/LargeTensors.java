package dev.trefoil.kernel;

/**
 * Where the tensors of wide models lie. In the allocator's one heap tensors of tens of megabytes leave gaps as large as themselves: a
 * model of 20 billion weights would take twice the memory that it uses. With a mapping of its own (man 3 mallopt) a tensor's memory is
 * back with the system as soon as it is freed. Its pages are faulted in anew each time, which is little beside the long operations of a
 * wide model when they are huge pages (scripts/engine-environment), and much beside the short ones of a narrow one.
 */
public final class LargeTensors {

    /** Just above the pieces of 1,048,576 float32 values in which linear.py quantises: these come and go at every product. */
    static final int LEAST_BYTES = 9 << 19;

    /** As malloc.h has it. */
    private static final int MAPPING_THRESHOLD = -3;

    private LargeTensors() {}

    /** From now on, in the whole process; without effect where the C library is not glibc. */
    public static void mapEach() {
        mapFrom(LEAST_BYTES);
    }

    static void mapFrom(int bytes) {
        CLibrary.function("mallopt").ifPresent(mallopt -> mallopt.invokeInt(new Object[] {MAPPING_THRESHOLD, bytes}));
    }
}
