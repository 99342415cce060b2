package dev.trefoil.quant;

/** A canonical weight as its origin holds it: rows that are read as float32 when asked for. A vector is one row. */
public interface RowSource {

    int rows();

    int columns();

    /**
     * Reads whole rows; may be called from several threads.
     *
     * @param into receives {@code count * columns()} values from its start
     */
    void read(int firstRow, int count, float[] into);
}
