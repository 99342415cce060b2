package dev.trefoil.adapter;

/**
 * A weight that is trained in full and saved with an adapter, such as {@code score} [1, H] or {@code lm_head} [V, H].
 *
 * @param name published module name
 * @param rows output features
 * @param columns input features
 * @param offset where the weight [rows, columns] begins in the adapter's buffer, in floats
 */
public record SavedModule(String name, int rows, int columns, int offset) {

    /** A module yet without a place. */
    public static SavedModule shape(String name, int rows, int columns) {
        return new SavedModule(name, rows, columns, -1);
    }

    /** Floats of the weight. */
    public int length() {
        return Math.multiplyExact(rows, columns);
    }
}
