package dev.trefoil.generate;

/**
 * One response.
 *
 * @param tokens new tokens, the stop token included
 * @param logProbs of each token under the distribution it was drawn from
 * @param ended whether a stop token ended it
 */
public record Generated(int[] tokens, float[] logProbs, boolean ended) {}
