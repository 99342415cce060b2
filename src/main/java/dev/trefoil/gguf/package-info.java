/**
 * GGUF, the file format of llama.cpp: reading ({@link dev.trefoil.gguf.GgufFile}), writing ({@link dev.trefoil.gguf.GgufWriter}), the
 * number formats of its tensors, and how it names the canonical tensors of a base ({@link dev.trefoil.gguf.GgufArchitecture}).
 *
 * <p>Imports {@code artifact} and {@code quant}. Read {@link dev.trefoil.gguf.GgufFile} first.
 */
package dev.trefoil.gguf;
