package dev.trefoil.adapter;

/**
 * One published linear inside a canonical, possibly fused one: rows {@code rowOffset .. rowOffset + rows} of the slot's weight.
 *
 * @param module the published name, such as {@code model.layers.0.self_attn.q_proj}
 * @param rows outputs of the published linear
 * @param columns inputs of the published linear, the same as the slot's
 * @param order how the published rows (of the weight, of the bias, of B) stand among the canonical ones
 * @param transposed whether the checkpoint keeps the weight as [columns, rows] (GPT-2's Conv1D); A and B are as everywhere
 */
public record LinearSite(
        int layer, Slot slot, String module, int rowOffset, int rows, int columns, RowOrder order, boolean transposed) {

    /** A linear whose rows are the canonical ones. */
    public LinearSite(int layer, Slot slot, String module, int rowOffset, int rows, int columns) {
        this(layer, slot, module, rowOffset, rows, columns, RowOrder.SAME, false);
    }

    /** The row of the slot's weight that is a published row of this linear, for each of them: [rows]. */
    public int[] canonicalRows() {
        int[] canonical = new int[rows];
        for (int row = 0; row < rows; row++) {
            canonical[order.published(row)] = rowOffset + row;
        }
        return canonical;
    }
}
