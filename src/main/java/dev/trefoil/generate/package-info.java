/**
 * Batched sampling with a key-value cache: prompts in, texts' tokens out. Imports model and below. Read
 * {@link dev.trefoil.generate.Generator}.
 */
package dev.trefoil.generate;
