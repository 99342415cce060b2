/**
 * Writes a published or merged model, or an adapter, as a GGUF file that llama.cpp loads.
 *
 * <p>Imports {@code artifact}, {@code adapter}, {@code gguf}, {@code merge} and {@code prepare}. Read {@link
 * dev.trefoil.export.Export} first.
 */
package dev.trefoil.export;
