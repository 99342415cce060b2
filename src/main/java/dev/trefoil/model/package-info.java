/**
 * The shared base and the roles over it: one mapped base store, adapters packed for the kernels, passes forward and back, heads.
 *
 * <p>Imports kernel, quant, adapter, family, token and below. Read {@link dev.trefoil.model.SharedBase}, then
 * {@link dev.trefoil.model.Role} and {@link dev.trefoil.model.Pass}. Whoever opens a pass closes it.
 */
package dev.trefoil.model;
