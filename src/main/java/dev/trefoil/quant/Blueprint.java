package dev.trefoil.quant;

/**
 * What a published configuration says about a model, before anything is decided about storage.
 *
 * @param family whose names the weights have
 * @param initializerRange standard deviation that new heads are drawn with
 */
public record Blueprint(String family, Shape shape, Switches switches, Tokens tokens, double initializerRange) {}
