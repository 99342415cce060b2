package dev.trefoil.model;

/**
 * Log-probabilities of given tokens and the entropy of the distributions they come from, natural logarithms.
 *
 * @param logProbs [labels]
 * @param entropies [labels]
 */
public record TokenLogProbs(float[] logProbs, float[] entropies) {}
