package dev.trefoil.data;

import java.util.List;

/**
 * A conversation as text, special tokens and all.
 *
 * @param spans the characters that are meant: what the assistant says, or what is to be learned
 */
public record ChatText(String text, List<Span> spans) {

    /** Characters from {@code start} up to before {@code end}. */
    public record Span(int start, int end) {}

    public ChatText {
        spans = List.copyOf(spans);
    }
}
