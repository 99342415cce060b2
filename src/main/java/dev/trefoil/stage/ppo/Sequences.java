package dev.trefoil.stage.ppo;

import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Prompts with their responses, as token ids of their true lengths.
 *
 * @param prompts [B] each of at least one token
 * @param responses [B] each of at least one token, with the end token if there is one
 */
public record Sequences(List<int[]> prompts, List<int[]> responses) {

    public Sequences {
        prompts = List.copyOf(prompts);
        responses = List.copyOf(responses);
        if (prompts.size() != responses.size()) {
            throw new IllegalArgumentException(prompts.size() + " prompts for " + responses.size() + " responses");
        }
        for (int i = 0; i < prompts.size(); i++) {
            if (prompts.get(i).length == 0 || responses.get(i).length == 0) {
                throw new IllegalArgumentException("sequence " + i + ": prompt and response need a token each, have "
                        + prompts.get(i).length + " and " + responses.get(i).length);
            }
        }
    }

    public int size() {
        return prompts.size();
    }

    /** Those sequences, in that order; arrays are shared. */
    public Sequences rows(int... rows) {
        return new Sequences(
                Arrays.stream(rows).mapToObj(prompts::get).toList(),
                Arrays.stream(rows).mapToObj(responses::get).toList());
    }

    /** Length of the longest sequence. */
    int width() {
        int width = 0;
        for (int i = 0; i < size(); i++) {
            width = Math.max(width, prompts.get(i).length + responses.get(i).length);
        }
        return width;
    }

    /** Length of the longest response. */
    int longestResponse() {
        return responses.stream().mapToInt(response -> response.length).max().orElse(0);
    }

    /** Tokens of all responses. */
    long responseTokens() {
        return responses.stream().mapToLong(response -> response.length).sum();
    }

    /** [B, width] right-padded rows for the model. */
    Batch batch() {
        List<int[]> rows = new ArrayList<>();
        for (int i = 0; i < size(); i++) {
            int[] prompt = prompts.get(i);
            int[] response = responses.get(i);
            int[] row = Arrays.copyOf(prompt, prompt.length + response.length);
            System.arraycopy(response, 0, row, prompt.length, response.length);
            rows.add(row);
        }
        return Collator.sequences(rows);
    }
}
