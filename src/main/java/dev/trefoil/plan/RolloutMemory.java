package dev.trefoil.plan;

/**
 * What of a rollout decides memory.
 *
 * @param rows that are generated at once
 * @param promptColumns tokens of the longest prompt
 * @param newTokens generated at most
 * @param reorderedBytes of weights that are reordered meanwhile
 */
public record RolloutMemory(int rows, int promptColumns, int newTokens, long reorderedBytes) {}
