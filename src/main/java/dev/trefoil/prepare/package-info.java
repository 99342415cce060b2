/**
 * Makes a base store from a published checkpoint: a Hugging Face folder or a GGUF file. The source is streamed a few rows at a time,
 * so memory does not grow with the model.
 *
 * <p>Imports {@code artifact}, {@code quant} and {@code family}. Read {@link dev.trefoil.prepare.Prepare} first.
 */
package dev.trefoil.prepare;
