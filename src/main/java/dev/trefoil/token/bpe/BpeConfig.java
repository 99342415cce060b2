package dev.trefoil.token.bpe;

/**
 * How a tokenizer is trained.
 *
 * @param vocabularySize most tokens in all: special ones, 256 bytes and merges; fewer when no pair is frequent enough
 * @param minFrequency a pair seen less often is never merged
 * @param endOfText special token that ends a text; gets id 0
 * @param pad special token that fills rows; gets id 1
 * @param longestText tokens that the model can read at once, written into tokenizer_config.json
 */
public record BpeConfig(int vocabularySize, long minFrequency, String endOfText, String pad, int longestText) {

    static final int BYTES = 256;
    static final int SPECIAL = 2;

    public BpeConfig {
        if (vocabularySize < BYTES + SPECIAL) {
            throw new IllegalArgumentException("vocabularySize: must be at least " + (BYTES + SPECIAL)
                    + " (256 bytes and two special tokens), was " + vocabularySize);
        }
        if (minFrequency < 1) {
            throw new IllegalArgumentException("minFrequency: must be >= 1, was " + minFrequency);
        }
        if (endOfText.isEmpty() || pad.isEmpty() || endOfText.equals(pad)) {
            throw new IllegalArgumentException(
                    "endOfText and pad: must be two different tokens, were \"" + endOfText + "\" and \"" + pad + "\"");
        }
        if (longestText < 1) {
            throw new IllegalArgumentException("longestText: must be >= 1, was " + longestText);
        }
    }

    /** 2,048 tokens, pairs seen twice, GPT-2's end of text. */
    public static BpeConfig defaults() {
        return new BpeConfig(2048, 2, "<|endoftext|>", "<|pad|>", 512);
    }
}
