/**
 * Trains a byte-level BPE tokenizer and writes it as Hugging Face files, which {@code dev.trefoil.token.Tokenizer} opens.
 *
 * <p>May import config, data and what lies below; nothing of the engine. Read {@link dev.trefoil.token.bpe.BpeTrainer} first.
 */
package dev.trefoil.token.bpe;
