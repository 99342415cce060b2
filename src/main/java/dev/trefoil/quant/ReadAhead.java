package dev.trefoil.quant;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Fetches the blocks of a large base before they are asked for, on a thread of its own, so that the engine computes while the disk
 * reads. Works by advice to the system alone: without it, or on a system that takes none, the same bytes are read a little later.
 *
 * <p>When a base is larger than the memory that is left for it, a cyclic reading is the worst case of any "least recently used" rule:
 * each page goes just before its turn comes. So the first blocks, as many as fit, are left alone, and the pages of the others are
 * given back as soon as a pass has used them for the last time: only the excess is read again.
 */
public final class ReadAhead implements Closeable {

    /** A base smaller than this share of the free memory stays in memory by itself. */
    private static final double LARGE = 0.25;

    /** What the process itself takes beside the base, and what the system wants to keep free. */
    private static final long RESERVED = 2L << 30;

    /** Pieces whose presence is asked, and that are fetched, at once. */
    private static final int PIECE_BYTES = 16 << 20;

    private static final int NOTHING = -1;

    private final List<List<ByteBuffer>> blocks;
    private final int kept;
    private final PageAdvice advice;
    private int next = NOTHING;
    private boolean onward;
    private int used = NOTHING;
    private boolean ended;

    private ReadAhead(List<List<ByteBuffer>> blocks, int kept, PageAdvice advice) {
        this.blocks = blocks;
        this.kept = kept;
        this.advice = advice;
    }

    /** Nothing is fetched: for a base that the memory holds easily, and for systems that take no advice. */
    static ReadAhead none() {
        return new ReadAhead(List.of(), 0, null);
    }

    /**
     * For the blocks of a base.
     *
     * @param blocks mapped tensors of each block
     * @param freeBytes memory that there is for the base and everything else
     */
    static ReadAhead of(List<List<ByteBuffer>> blocks, long freeBytes) {
        long total = blocks.stream().mapToLong(ReadAhead::size).sum();
        if (total < LARGE * freeBytes) {
            return none();
        }
        Optional<PageAdvice> advice = PageAdvice.here();
        if (advice.isEmpty()) {
            return none();
        }
        ReadAhead ahead = new ReadAhead(blocks, kept(blocks, freeBytes - RESERVED), advice.get());
        Thread thread = new Thread(ahead::work, "read-ahead");
        thread.setDaemon(true);
        thread.start();
        return ahead;
    }

    /** How many of the first blocks fit beside the two that are in use. */
    static int kept(List<List<ByteBuffer>> blocks, long budget) {
        long total = blocks.stream().mapToLong(ReadAhead::size).sum();
        if (total <= budget) {
            return blocks.size();
        }
        long room =
                budget - 2 * blocks.stream().mapToLong(ReadAhead::size).max().orElse(0);
        int kept = 0;
        for (List<ByteBuffer> block : blocks) {
            room -= size(block);
            if (room < 0) {
                break;
            }
            kept++;
        }
        return kept;
    }

    private static long size(List<ByteBuffer> block) {
        return block.stream().mapToLong(ByteBuffer::capacity).sum();
    }

    /** Block {@code block} will be computed next; one that does not exist is ignored. Returns at once. */
    public synchronized void wanted(int block) {
        if (block >= 0 && block < blocks.size()) {
            next = block;
            onward = false;
            notifyAll();
        }
    }

    /** All blocks will be computed in order, perhaps several times. Returns at once. */
    public synchronized void allWanted() {
        if (!blocks.isEmpty()) {
            next = 0;
            onward = true;
            notifyAll();
        }
    }

    /** A pass has used the block for the last time. Returns at once. */
    public synchronized void done(int block) {
        if (block >= kept && block < blocks.size()) {
            used = block;
            notifyAll();
        }
    }

    private void work() {
        while (true) {
            int fetch;
            int back;
            synchronized (this) {
                while (next == NOTHING && used == NOTHING && !ended) {
                    try {
                        wait();
                    } catch (InterruptedException asked) {
                        return;
                    }
                }
                if (ended) {
                    return;
                }
                fetch = next;
                back = used;
                // all in order: as far as the memory goes, for what comes behind would push out what comes first
                next = onward && fetch + 1 < kept ? fetch + 1 : NOTHING;
                used = NOTHING;
            }
            if (back != NOTHING && back != fetch) {
                blocks.get(back).forEach(advice::pageOut);
            }
            if (fetch != NOTHING) {
                blocks.get(fetch).forEach(this::fetch);
            }
        }
    }

    private void fetch(ByteBuffer tensor) {
        for (int at = 0; at < tensor.capacity(); at += PIECE_BYTES) {
            ByteBuffer piece = tensor.slice(at, Math.min(PIECE_BYTES, tensor.capacity() - at));
            if (advice.resident(piece) < 1) {
                advice.willNeed(piece);
            }
        }
    }

    @Override
    public synchronized void close() {
        ended = true;
        notifyAll();
    }
}
