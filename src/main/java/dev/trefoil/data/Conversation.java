package dev.trefoil.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns in their order.
 *
 * @param variables what the template may know besides, such as {@code tools}
 */
public record Conversation(List<ChatMessage> messages, Map<String, Object> variables) {

    public Conversation {
        messages = List.copyOf(messages);
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    public static Conversation of(List<ChatMessage> messages) {
        return new Conversation(messages, Map.of());
    }

    /** The first turns only. */
    public Conversation first(int turns) {
        return new Conversation(messages.subList(0, turns), variables);
    }

    /** This conversation and the turns after it. */
    public Conversation then(List<ChatMessage> more) {
        List<ChatMessage> all = new ArrayList<>(messages);
        all.addAll(more);
        return new Conversation(all, variables);
    }

    public int size() {
        return messages.size();
    }

    /** Who speaks, turn by turn, for messages. */
    public String roles() {
        return String.join(", ", messages.stream().map(ChatMessage::role).toList());
    }
}
