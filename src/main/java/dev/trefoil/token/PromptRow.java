package dev.trefoil.token;

import java.util.Arrays;
import java.util.Map;

/**
 * A prompt as tokens.
 *
 * @param sample number of the sample it came from, from 0
 * @param ids [length]
 * @param text the tokens as text, without special tokens unless a chat template wrote them
 * @param metadata what the data says besides, for reward models
 */
public record PromptRow(int sample, int[] ids, String text, Map<String, Object> metadata) {

    /**
     * A response to this prompt as text, without special tokens. Some tokenizers drop the space before a text's first word: read
     * with the prompt before it, the response keeps its own.
     */
    public String responseText(Tokenizer tokenizer, int[] response) {
        int[] all = Arrays.copyOf(ids, ids.length + response.length);
        System.arraycopy(response, 0, all, ids.length, response.length);
        String whole = tokenizer.decode(all, true);
        return whole.startsWith(text) ? whole.substring(text.length()) : tokenizer.decode(response, true);
    }
}
