package dev.trefoil.data;

import java.util.List;
import java.util.Objects;

/**
 * A conversation as its template wrote it: the text holds all its special tokens, and no more are added.
 *
 * @param learned the characters to learn
 */
public record ChatSample(String text, List<ChatText.Span> learned) implements Sample {

    public ChatSample {
        Objects.requireNonNull(text, "text");
        learned = List.copyOf(learned);
    }

    static ChatSample of(ChatText text) {
        return new ChatSample(text.text(), text.spans());
    }

    /** Where the first characters to learn begin; all of the text when none is to be learned. */
    public int firstLearned() {
        return learned.stream().mapToInt(ChatText.Span::start).min().orElse(text.length());
    }

    @Override
    public int chars() {
        return text.length();
    }
}
