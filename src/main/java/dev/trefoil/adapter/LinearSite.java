package dev.trefoil.adapter;

/**
 * One published linear inside a canonical, possibly fused one: rows {@code rowOffset .. rowOffset + rows} of the slot's weight.
 *
 * @param module the published name, such as {@code model.layers.0.self_attn.q_proj}
 * @param rows outputs of the published linear
 * @param columns inputs of the published linear, the same as the slot's
 */
public record LinearSite(int layer, Slot slot, String module, int rowOffset, int rows, int columns) {}
