package dev.trefoil.token;

import java.util.Map;

/**
 * A prompt as tokens.
 *
 * @param sample number of the sample it came from, from 0
 * @param ids [length]
 * @param text the tokens as text, without special tokens
 * @param metadata what the data says besides, for reward models
 */
public record PromptRow(int sample, int[] ids, String text, Map<String, Object> metadata) {}
