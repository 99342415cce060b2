package dev.trefoil.token;

import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param role who speaks: {@code system}, {@code user} or {@code assistant}
 */
public record ChatMessage(String role, String content) {

    public ChatMessage {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
    }
}
