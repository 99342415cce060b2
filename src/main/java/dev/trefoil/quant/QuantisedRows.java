package dev.trefoil.quant;

/** A source whose rows are int8 already: an int8 store takes them as they are. */
public interface QuantisedRows extends RowSource {

    /**
     * Reads whole rows as {@link RowQuantiser} would make them, within -127 and 127; may be called from several threads.
     *
     * @param into receives {@code count * columns()} values from {@code at} on
     * @param absmax receives {@code count} row scales from {@code absmaxAt} on
     */
    void readQuantised(int firstRow, int count, byte[] into, int at, float[] absmax, int absmaxAt);
}
