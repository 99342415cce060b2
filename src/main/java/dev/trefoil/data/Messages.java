package dev.trefoil.data;

import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads lists of messages: {@code {"role", "content"}}, or ShareGPT's {@code {"from", "value"}}. */
final class Messages {

    private static final Map<String, String> ROLES = Map.of("human", "user", "gpt", "assistant");

    private Messages() {}

    /** Whether a value is a list of objects. */
    static boolean isList(Object value) {
        return value instanceof List<?> list && !list.isEmpty() && list.stream().allMatch(Map.class::isInstance);
    }

    /** @throws UserError naming the row, the column and the turn */
    static List<ChatMessage> read(Row row, String column) {
        if (!(row.values().get(column) instanceof List<?> turns)) {
            throw UserError.data(row.where() + ": column `" + column + "` holds no list, wanted messages such as"
                    + " [{\"role\": \"user\", \"content\": \"...\"}]");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (Object turn : turns) {
            String where = row.where() + ": `" + column + "` message " + (messages.size() + 1);
            if (!(turn instanceof Map<?, ?> map)) {
                throw UserError.data(where + " is no object; wanted {\"role\": \"user\", \"content\": \"...\"}");
            }
            messages.add(message(where, map));
        }
        return messages;
    }

    private static ChatMessage message(String where, Map<?, ?> turn) {
        boolean shareGpt = !turn.containsKey("role") && turn.containsKey("from");
        String roleKey = shareGpt ? "from" : "role";
        String contentKey = shareGpt ? "value" : "content";
        if (!(turn.get(roleKey) instanceof String role) || role.isBlank()) {
            throw UserError.data(
                    where + " has no role (keys: " + turn.keySet() + "); wanted system, user, assistant or tool");
        }
        Object content = turn.get(contentKey);
        boolean calls = turn.get("tool_calls") != null;
        if (content == null && !calls) {
            throw UserError.data(where + " has no content (keys: " + turn.keySet() + "); wanted the text of the turn");
        }
        // A table has one set of fields for all turns: a null there means that the turn has no such field.
        Map<String, Object> others = new LinkedHashMap<>();
        turn.forEach((key, value) -> {
            if (value != null && !key.equals(roleKey) && !key.equals(contentKey)) {
                others.put(String.valueOf(key), value);
            }
        });
        return new ChatMessage(shareGpt ? ROLES.getOrDefault(role, role) : role, text(where, content), others);
    }

    /** A text, or parts that are all texts. */
    private static String text(String where, Object content) {
        if (content == null || content instanceof String) {
            return Objects.requireNonNullElse((String) content, "");
        }
        StringBuilder text = new StringBuilder();
        if (content instanceof List<?> parts) {
            for (Object part : parts) {
                if (!(part instanceof Map<?, ?> map) || !(map.get("text") instanceof String piece)) {
                    throw UserError.data(
                            where + " has a part that is no text; only texts are learned, leave the row out");
                }
                text.append(piece);
            }
            return text.toString();
        }
        throw UserError.data(
                where + " has content that is no text: " + content.getClass().getSimpleName());
    }
}
