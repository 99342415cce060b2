package dev.trefoil.reward;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One response to be judged.
 *
 * @param prompt the text the response continues; empty when there is none
 * @param response the text to judge
 * @param metadata whatever else the data file or the caller knows: strings, numbers, booleans, lists and maps of these, and
 *     nulls. Its order is kept.
 */
public record RewardSample(String prompt, String response, Map<String, Object> metadata) {

    /** Metadata key under which a caller that has them puts the response's tokens as a list of text pieces. */
    public static final String RESPONSE_TOKENS = "response_tokens";

    public RewardSample {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(response, "response");
        metadata = metadata == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** A sample without metadata. */
    public static RewardSample of(String prompt, String response) {
        return new RewardSample(prompt, response, Map.of());
    }

    /** The pieces of the response that token scores must match one to one; empty when the caller gave none. */
    public List<String> responseTokens() {
        return metadata.get(RESPONSE_TOKENS) instanceof List<?> pieces
                ? pieces.stream().map(String::valueOf).toList()
                : List.of();
    }
}
