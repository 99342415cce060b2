package dev.trefoil.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content what is said; may be empty where a turn only calls tools
 * @param others whatever else the data says of the turn, such as {@code tool_calls}: for templates that look at it
 */
public record ChatMessage(String role, String content, Map<String, Object> others) {

    public ChatMessage {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
        others = Collections.unmodifiableMap(new LinkedHashMap<>(others));
    }

    /** A turn with nothing but its text. */
    public ChatMessage(String role, String content) {
        this(role, content, Map.of());
    }

    public boolean isAssistant() {
        return role.equals("assistant");
    }

    /** All of the turn by the names that templates use. */
    public Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("role", role);
        values.put("content", content);
        values.putAll(others);
        return values;
    }
}
