/**
 * The frozen base: its description ({@link dev.trefoil.quant.BaseConfig}), its layout on disk, row-wise int8 weights as LLM.int8()
 * has them, and the memory-mapped store that every role of a run shares.
 *
 * <p>Imports {@code artifact} and {@code kernel}. Read {@link dev.trefoil.quant.BaseStore} first.
 */
package dev.trefoil.quant;
