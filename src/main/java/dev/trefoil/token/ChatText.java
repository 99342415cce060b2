package dev.trefoil.token;

import java.util.List;

/**
 * A conversation as text.
 *
 * @param answers where the template says that the assistant speaks (its {@code generation} blocks); empty if it does not say
 */
public record ChatText(String text, List<Span> answers) {

    /** Characters from {@code start} up to before {@code end}. */
    public record Span(int start, int end) {}

    public ChatText {
        answers = List.copyOf(answers);
    }

    /** For each token of an encoding of the text: true when it covers a character of an answer. */
    public boolean[] answerTokens(Encoding encoding) {
        boolean[] inside = new boolean[encoding.length()];
        for (Span answer : answers) {
            for (int i = 0; i < inside.length; i++) {
                inside[i] |= encoding.starts()[i] < answer.end() && encoding.ends()[i] > answer.start();
            }
        }
        return inside;
    }
}
