package dev.trefoil.quant;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.trefoil.kernel.CLibrary;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What Linux can be told and asked about the pages of a mapped file (man 2 madvise, man 2 mincore). All is advice: a call that the
 * system refuses changes nothing, and no result depends on it.
 */
final class PageAdvice {

    /** Pages will be read soon: the system begins to fetch them and does not wait. */
    private static final int WILL_NEED = 3;

    /** Pages will not be read soon: the system takes them back at once. Linux 5.4 and later. */
    private static final int PAGE_OUT = 21;

    private static final int RESIDENT = 1;

    private final long pageSize;
    private final Function madvise;
    private final Function mincore;

    private PageAdvice(long pageSize, Function madvise, Function mincore) {
        this.pageSize = pageSize;
        this.madvise = madvise;
        this.mincore = mincore;
    }

    /** Empty where the system is not Linux, its C library does not offer the calls, or the bridge to it cannot be unpacked. */
    static Optional<PageAdvice> here() {
        return CLibrary.function("getpagesize")
                .flatMap(pageSize -> CLibrary.function("madvise")
                        .flatMap(madvise -> CLibrary.function("mincore")
                                .map(mincore -> new PageAdvice(pageSize.invokeInt(new Object[0]), madvise, mincore))));
    }

    /** Share of the range's pages that are in memory, 0 to 1; 1 where the system does not tell. */
    double resident(ByteBuffer range) {
        long first = firstPage(range);
        int pages = Math.toIntExact((end(range) - first + pageSize - 1) / pageSize);
        byte[] found = new byte[pages];
        int failed = mincore.invokeInt(new Object[] {new Pointer(first), end(range) - first, found});
        if (failed != 0) {
            return 1;
        }
        int resident = 0;
        for (byte page : found) {
            resident += page & RESIDENT;
        }
        return (double) resident / pages;
    }

    void willNeed(ByteBuffer range) {
        advise(range, firstPage(range), end(range), WILL_NEED);
    }

    /** Only whole pages of the range, so that its neighbours stay. */
    void pageOut(ByteBuffer range) {
        long first = firstPage(range);
        long begin = first == address(range) ? first : first + pageSize;
        long end = end(range) / pageSize * pageSize;
        if (begin < end) {
            advise(range, begin, end, PAGE_OUT);
        }
    }

    /** The buffer is an argument so that its mapping lives as long as the call. */
    private void advise(ByteBuffer range, long begin, long end, int advice) {
        madvise.invokeInt(new Object[] {new Pointer(begin), end - begin, advice});
        Reference.reachabilityFence(range);
    }

    private long firstPage(ByteBuffer range) {
        return address(range) / pageSize * pageSize;
    }

    private static long address(ByteBuffer range) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(range));
    }

    private static long end(ByteBuffer range) {
        return address(range) + range.capacity();
    }
}
