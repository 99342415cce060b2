package dev.trefoil.verify;

/**
 * The comparison of one quantity.
 *
 * @param quantity its name in the case
 * @param compared how many numbers were compared
 * @param largest the largest difference: absolute, or the relative norm where that is the rule; infinity when shapes differ or a
 *     result is not a number
 * @param ofTolerance the largest difference as a multiple of what is allowed there; at most 1 is in order
 * @param tolerance the rule in words
 * @param ok whether the quantity is within its tolerance
 * @param remark what else to say, such as the first texts that differ; empty if nothing
 */
public record Deviation(
        String quantity,
        long compared,
        double largest,
        double ofTolerance,
        String tolerance,
        boolean ok,
        String remark) {}
