/**
 * Optimisers over flat direct buffers that the engine maps too: AdamW with fp32 or blockwise 8-bit states, clipping by the
 * global norm, learning-rate schedules.
 *
 * <p>Imports nothing but the JDK. Every loop runs in one fixed order, so the same gradients give the same bytes. Read first:
 * {@link dev.trefoil.optim.Parameters}, then {@link dev.trefoil.optim.Optimizer}.
 */
package dev.trefoil.optim;
