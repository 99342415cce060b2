package dev.trefoil.model;

/**
 * What a decoding call found.
 *
 * @param steps columns
 * @param tokens [rows * steps]; the pad id behind a row's end
 * @param logProbs [rows * steps] log-probability of each token under the distribution it was drawn from
 * @param counts new tokens of each row, a stop token included
 */
public record Decoded(int steps, long[] tokens, float[] logProbs, long[] counts) {}
