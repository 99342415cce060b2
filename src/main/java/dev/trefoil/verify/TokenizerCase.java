package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.data.ChatMessage;
import dev.trefoil.data.ChatText;
import dev.trefoil.data.Conversation;
import dev.trefoil.token.ChatTemplate;
import dev.trefoil.token.Encoding;
import dev.trefoil.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** {@code tokenizer_*}: ids, tokens and texts of strings, special tokens, rendered conversations. */
final class TokenizerCase implements CaseCheck {

    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        try (Tokenizer tokenizer = Tokenizer.open(golden.folder().resolve("tokenizer"))) {
            special(golden, deviations, tokenizer);
            JsonNode rows = golden.scalars().path("encode");
            for (int i = 0; i < rows.size(); i++) {
                encoding(deviations, tokenizer, "encode." + i + ".", rows.get(i));
            }
            JsonNode chats = golden.scalars().path("chat");
            for (int i = 0; i < chats.size(); i++) {
                chat(golden, deviations, tokenizer, "chat." + i + ".", chats.get(i));
            }
        }
    }

    private static void special(GoldenCase golden, Deviations deviations, Tokenizer tokenizer) {
        JsonNode config = golden.config();
        deviations.exact(
                "vocab_size",
                tokenizer.vocabularySize(),
                config.path("vocab_size").asInt());
        token(deviations, tokenizer, "bos", tokenizer.special().bos(), config);
        token(deviations, tokenizer, "eos", tokenizer.special().eos(), config);
        token(deviations, tokenizer, "pad", tokenizer.special().pad(), config);
    }

    private static void token(Deviations deviations, Tokenizer tokenizer, String name, Integer id, JsonNode config) {
        if (config.path(name).isTextual()) {
            OptionalInt want = tokenizer.id(config.path(name).asText());
            deviations.exact(name, id, want.isPresent() ? want.getAsInt() : null);
        }
    }

    private static void encoding(Deviations deviations, Tokenizer tokenizer, String name, JsonNode row) {
        String text = row.path("text").asText();
        int[] ids = tokenizer.encode(text, true).ids();
        deviations.exact(name + "ids", list(ids), ints(row.path("ids")));
        deviations.exact(
                name + "ids_without_special",
                list(tokenizer.encode(text, false).ids()),
                ints(row.path("ids_without_special")));
        deviations.exact(name + "tokens", tokenizer.tokens(text, true), texts(row.path("tokens")));
        deviations.exact(
                name + "decoded",
                tokenizer.decode(ids, false),
                row.path("decoded").asText());
        deviations.exact(
                name + "decoded_skip_special",
                tokenizer.decode(ids, true),
                row.path("decoded_skip_special").asText());
    }

    private static void chat(GoldenCase golden, Deviations deviations, Tokenizer tokenizer, String name, JsonNode row) {
        String template = row.path("template").asText();
        String source = golden.config().path("templates").path(template).asText();
        List<ChatMessage> messages = new ArrayList<>();
        row.path("messages")
                .forEach(turn -> messages.add(new ChatMessage(
                        turn.path("role").asText(), turn.path("content").asText())));
        Map<String, Object> variables =
                row.has("tools") ? Map.of("tools", JSON.convertValue(row.path("tools"), List.class)) : Map.of();
        ChatText rendered = ChatTemplate.of("config.templates." + template, source, tokenizer)
                .render(
                        new Conversation(messages, variables),
                        row.path("add_generation_prompt").asBoolean());
        Encoding encoding = tokenizer.encode(rendered.text(), false);
        deviations.exact(name + "text", rendered.text(), row.path("text").asText());
        deviations.exact(name + "ids", list(encoding.ids()), ints(row.path("ids")));
        if (row.has("assistant_mask")) {
            boolean[] inside = encoding.inside(rendered.spans());
            int[] mask = new int[inside.length];
            for (int i = 0; i < mask.length; i++) {
                mask[i] = inside[i] ? 1 : 0;
            }
            deviations.exact(name + "assistant_mask", list(mask), ints(row.path("assistant_mask")));
        }
    }

    private static List<Integer> list(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static List<Integer> ints(JsonNode array) {
        List<Integer> values = new ArrayList<>();
        array.forEach(node -> values.add(node.asInt()));
        return values;
    }

    private static List<String> texts(JsonNode array) {
        List<String> values = new ArrayList<>();
        array.forEach(node -> values.add(node.asText()));
        return values;
    }
}
