package dev.trefoil.adapter;

/**
 * The two factors of one adapted linear: weight + scaling * B A.
 *
 * @param site the linear
 * @param rank r
 * @param scaling what B A is multiplied by
 * @param offsetA where A [r, columns] begins in the adapter's buffer, in floats
 * @param offsetB where B [rows, r] begins, in floats
 */
public record LoraModule(LinearSite site, int rank, double scaling, int offsetA, int offsetB) {

    /** Floats of A. */
    public int lengthA() {
        return Math.multiplyExact(rank, site.columns());
    }

    /** Floats of B. */
    public int lengthB() {
        return Math.multiplyExact(site.rows(), rank);
    }
}
