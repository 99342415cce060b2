package dev.trefoil.data.grammar;

/**
 * One opening, gone on with in two ways. Prompt + chosen and prompt + rejected are whole reviews: both continuations begin
 * with a space.
 *
 * @param prompt the neutral opening
 * @param chosen the continuation that praises the film
 * @param rejected the continuation that blames it
 */
public record ReviewPair(String prompt, String chosen, String rejected) {}
