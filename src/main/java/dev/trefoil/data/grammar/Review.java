package dev.trefoil.data.grammar;

/**
 * A film review.
 *
 * @param text two to five sentences, 20 to 60 words
 * @param positive whether it praises the film
 * @param opening its first words, with which praise and blame begin alike; a prefix of the text without the space after it
 */
public record Review(String text, boolean positive, String opening) {

    /** {@code positive} or {@code negative}, as the data files say it. */
    public String label() {
        return positive ? "positive" : "negative";
    }
}
