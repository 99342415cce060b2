/**
 * Published data sets in their own form become the files of the stages: the dumps of Stack Exchange as StackLLaMA used them, the
 * dialogues of hh-rlhf, the reviews of IMDB. Imports {@code data} and level 0. Read
 * {@link dev.trefoil.data.published.StackExchange} first; {@link dev.trefoil.data.published.StageFiles} says what is written.
 */
package dev.trefoil.data.published;
