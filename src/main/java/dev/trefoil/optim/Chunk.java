package dev.trefoil.optim;

/** How many numbers travel at once between a direct buffer and an array; loops over arrays are what the JIT vectorises. */
final class Chunk {

    /** A few arrays of this length stay in the first-level cache; a multiple of the 8-bit block. */
    static final int LENGTH = 2048;

    private Chunk() {}
}
