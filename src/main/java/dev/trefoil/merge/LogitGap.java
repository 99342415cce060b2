package dev.trefoil.merge;

/**
 * How far a merged model is from the published one with its adapters switched on.
 *
 * @param what logits, or scores of a sequence classifier
 * @param largest difference between the two, of all compared numbers
 * @param scale the largest magnitude among them
 * @param tokens positions compared
 * @param agreeing positions where both put the same token first; all of them for scores
 */
public record LogitGap(String what, double largest, double scale, int tokens, int agreeing) {}
