package dev.trefoil.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.data.ChatMessage;
import dev.trefoil.data.ChatText;
import dev.trefoil.data.Conversation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static List<ChatMessage> messages(JsonNode nodes) {
        List<ChatMessage> messages = new ArrayList<>();
        nodes.forEach(node -> messages.add(new ChatMessage(
                node.path("role").textValue(), node.path("content").textValue())));
        return messages;
    }

    private static String render(String template, String... contents) {
        List<ChatMessage> messages = new ArrayList<>();
        for (String content : contents) {
            messages.add(new ChatMessage(messages.size() % 2 == 0 ? "user" : "assistant", content));
        }
        try (Tokenizer tokenizer = TokenizerTest.golden("llama3")) {
            return ChatTemplate.of("test", template, tokenizer)
                    .render(Conversation.of(messages), false)
                    .text();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytelevel", "llama3", "bloom", "metaspace"})
    void equals_the_golden_texts_ids_and_masks(String kind) throws IOException {
        Path folder = TokenizerTest.GOLDEN.resolve("tokenizer_" + kind);
        JsonNode golden = JSON.readTree(folder.resolve("case.json").toFile());
        try (Tokenizer tokenizer = TokenizerTest.golden(kind)) {
            ChatTemplate own =
                    ChatTemplate.open(folder.resolve("tokenizer"), tokenizer).orElseThrow();
            for (JsonNode row : golden.path("scalars").path("chat")) {
                String name = row.path("template").textValue();
                String source =
                        golden.path("config").path("templates").path(name).textValue();
                ChatTemplate template = name.equals("chatml") ? own : ChatTemplate.of(name, source, tokenizer);
                ChatText chat = template.render(
                        Conversation.of(messages(row.path("messages"))),
                        row.path("add_generation_prompt").booleanValue());
                assertThat(chat.text()).isEqualTo(row.path("text").textValue());
                Encoding encoding = tokenizer.encode(chat.text(), false);
                assertThat(encoding.ids()).isEqualTo(JSON.convertValue(row.path("ids"), int[].class));
                if (row.has("assistant_mask")) {
                    boolean[] mask = encoding.inside(chat.spans());
                    for (int i = 0; i < mask.length; i++) {
                        assertThat(mask[i])
                                .isEqualTo(row.path("assistant_mask").get(i).intValue() == 1);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{{ messages[0].content.startswith('Hi') }} ~ true",
                "{{ messages[0]['content'].upper() }}{{ eos_token }} ~ HI THERE<|endoftext|>",
                "{% for m in messages[1:] %}{{ m.role }}{% endfor %} ~ assistant",
                "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}{% if tools is defined %}T{% endif %} ~ 2",
                "{{ '\\u00e9' }} ~ é",
                "{%- if true %}{%- generation -%}  a  {%- endgeneration -%}{% endif %} ~ a",
            })
    void knows_what_templates_use(String template, String wanted) {
        assertThat(render(template, "Hi there", "b")).isEqualTo(wanted);
    }

    @Test
    void keeps_the_white_space_rules() {
        assertThat(render("{% if true %}\n  a\n  {% endif %}\n{% generation %}\nb\n{% endgeneration %}\nc\n", "x"))
                .isEqualTo("  a\nb\nc");
    }

    @Test
    void messages_are_never_interpreted() {
        String text = "{{ 1 + 1 }} {% if %} \\n <b>&amp;'\" {#";
        assertThat(render("{{ messages[0]['content'] }}{{ '|' + messages[0]['content'] }}", text))
                .isEqualTo(text + "|" + text);
    }

    @Test
    void tells_why_a_template_refuses() {
        assertThatThrownBy(() -> render("{{ raise_exception('Roles must alternate') }}", "x"))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("test: the chat template failed", "Roles must alternate", "roles (user)");
        assertThatThrownBy(() -> render("{% for m in messages %}", "x")).isInstanceOf(UserError.class);
    }

    @Test
    void takes_the_default_of_several(@TempDir Path folder) throws IOException {
        try (Tokenizer tokenizer = TokenizerTest.golden("llama3")) {
            assertThat(ChatTemplate.open(folder, tokenizer)).isEmpty();
            Files.writeString(
                    folder.resolve("tokenizer_config.json"),
                    "{\"chat_template\": [{\"name\": \"tools\", \"template\": \"a\"}, {\"name\": \"default\", \"template\": \"b\"}]}");
            ChatTemplate template = ChatTemplate.open(folder, tokenizer).orElseThrow();
            assertThat(template.render(Conversation.of(List.of()), false).text())
                    .isEqualTo("b");
        }
    }
}
