/**
 * TorchScript kernels: their text under {@code src/main/resources/kernels}, assembled into one module with the model's constants,
 * loaded through DJL, and called by typed methods.
 *
 * <p>Imports nothing of Trefoil. Read {@link dev.trefoil.kernel.Kernels} first, then {@code block.py}. The engine's bfloat16 arrays
 * are deadly to most NDArray methods, so arrays travel as {@link dev.trefoil.kernel.KernelArray}, which offers none of them.
 */
package dev.trefoil.kernel;
