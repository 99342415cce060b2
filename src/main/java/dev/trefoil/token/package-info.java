/**
 * From texts to batches of token ids: the tokenizer, packing into rows, completion masks, preference and prompt rows,
 * collating. Masks are lengths or boolean arrays and never guessed from pad ids. Imports data and lower levels. Read
 * {@link dev.trefoil.token.Tokenizer}, {@link dev.trefoil.token.Packing} and {@link dev.trefoil.token.Batch} first.
 */
package dev.trefoil.token;
