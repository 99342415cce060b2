package dev.trefoil.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.data.ChatConfig;
import dev.trefoil.data.ChatMessage;
import dev.trefoil.data.ChatSample;
import dev.trefoil.data.ChatText;
import dev.trefoil.data.Conversation;
import dev.trefoil.data.PreferenceSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatRenderingTest {

    private static final String TURNS = "{% for m in messages %}{{ m.role + ': ' }}{% if m.role == 'assistant' %}"
            + "{% generation %}{{ m.content + eos_token }}{% endgeneration %}{{ '\n' }}{% else %}{{ m.content + '\n' }}{% endif %}"
            + "{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

    private static final Conversation TALK = Conversation.of(List.of(
            new ChatMessage("system", "Be brief."),
            new ChatMessage("user", "2 and 2?"),
            new ChatMessage("assistant", "4"),
            new ChatMessage("user", "And 3?"),
            new ChatMessage("assistant", "7 ")));

    @TempDir
    private Path folder;

    private ChatRendering rendering(Tokenizer tokenizer, String template, boolean assistantOnly) throws IOException {
        Path file = Files.writeString(folder.resolve("t.jinja"), template);
        return ChatRendering.of(folder, tokenizer, new ChatConfig(assistantOnly, file));
    }

    private static List<String> learned(ChatText text) {
        return text.spans().stream()
                .map(span -> text.text().substring(span.start(), span.end()))
                .toList();
    }

    @Test
    void finds_answers_by_blocks_and_by_comparing_alike() throws IOException {
        String bare = TURNS.replace("{% generation %}", "").replace("{% endgeneration %}", "");
        try (Tokenizer tokenizer = TokenizerTest.golden("llama3")) {
            ChatText marked = rendering(tokenizer, TURNS, true).learned(TALK, 0);
            ChatText compared = rendering(tokenizer, bare, true).learned(TALK, 0);
            assertThat(compared).isEqualTo(marked);
            assertThat(learned(marked)).containsExactly("4<|endoftext|>", "7 <|endoftext|>");
            assertThat(learned(rendering(tokenizer, bare, true).learned(TALK, 3)))
                    .containsExactly("7 <|endoftext|>");
            assertThat(learned(rendering(tokenizer, bare, false).learned(TALK, 4)))
                    .containsExactly("7 <|endoftext|>\n");
            assertThat(learned(rendering(tokenizer, bare, false).learned(TALK, 0)))
                    .containsExactly(marked.text());
        }
    }

    @Test
    void a_document_counts_what_is_learned_and_gets_no_end_token() throws IOException {
        try (Tokenizer tokenizer = TokenizerTest.golden("llama3")) {
            ChatText text = rendering(tokenizer, TURNS, true).learned(TALK, 0);
            Document document = Document.of(tokenizer, new ChatSample(text.text(), text.spans()), true);
            assertThat(document.ended()).isTrue();
            assertThat(tokenizer.decode(document.ids(), false)).isEqualTo(text.text());
            StringBuilder counted = new StringBuilder();
            for (int i = 0; i < document.ids().length; i++) {
                counted.append(document.counts()[i] ? tokenizer.decode(new int[] {document.ids()[i]}, false) : "");
            }
            assertThat(counted).hasToString("4<|endoftext|>7 <|endoftext|>");
        }
    }

    @Test
    void an_answer_ends_with_its_end_of_turn_token() throws IOException {
        try (Tokenizer tokenizer = TokenizerTest.golden("llama3")) {
            ChatRendering rendering = rendering(tokenizer, TURNS, false);
            ChatText answer = rendering.answer(TALK, 4);
            assertThat(answer.text()).endsWith("assistant: 7 <|endoftext|>");
            assertThat(learned(answer)).containsExactly("7 <|endoftext|>");
            assertThat(rendering.stopIds())
                    .containsExactly(tokenizer.id("<|endoftext|>").orElseThrow());
        }
    }

    @Test
    void a_text_that_begins_with_the_first_token_gets_no_second_one() {
        try (Tokenizer tokenizer = TokenizerTest.golden("metaspace")) {
            int bos = tokenizer.special().bos();
            PreferenceSample pair = new PreferenceSample("<s>user: a", " b", " c", null);
            int[] ids = Preferences.encode(tokenizer, List.of(pair), PreferenceConfig.defaults())
                    .rows()
                    .get(0)
                    .chosen();
            assertThat(ids[0]).isEqualTo(bos);
            assertThat(ids[1]).isNotEqualTo(bos);
            assertThat(tokenizer.encodeOnce("user").ids()[0]).isEqualTo(bos);
        }
    }

    @Test
    void refuses_what_comparing_cannot_tell() throws IOException {
        String changing = "{% for m in messages %}{{ m.role + ': ' + (m.content if loop.last else m.content|upper) }}"
                + "{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";
        Conversation talk = Conversation.of(
                List.of(new ChatMessage("user", "a"), new ChatMessage("assistant", "b"), new ChatMessage("user", "c")));
        try (Tokenizer tokenizer = TokenizerTest.golden("llama3")) {
            assertThatThrownBy(() -> rendering(tokenizer, changing, true).learned(talk, 0))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll("turn 2", "{% generation %}", "chat_template_path");
        }
    }

    @Test
    void says_what_to_do_without_a_template() {
        try (Tokenizer tokenizer = TokenizerTest.golden("llama3")) {
            assertThatThrownBy(() -> ChatRendering.of(folder, tokenizer, null).render(TALK, true))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll(folder.toString(), "has no chat template", "chat_template_path");
            ChatConfig gone = new ChatConfig(false, folder.resolve("gone.jinja"));
            assertThatThrownBy(() -> ChatRendering.of(folder, tokenizer, gone).render(TALK, true))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("gone.jinja");
        }
    }

    @Test
    void dates_and_json_are_as_python_writes_them() {
        LocalDateTime time = LocalDateTime.of(2024, 7, 6, 15, 4, 9);
        assertThat(Strftime.format("%d %b %Y, %-d. %B %y %H:%M:%S %I%p 100%%", time))
                .isEqualTo("06 Jul 2024, 6. July 24 15:04:09 03PM 100%");
        assertThatThrownBy(() -> Strftime.format("%Q", time)).hasMessageContaining("%Q");
        assertThat(PythonJson.write(Map.of("é", List.of(1, "<a>", List.of())), -1))
                .isEqualTo("{\"é\": [1, \"<a>\", []]}");
        assertThat(PythonJson.write(Map.of("a", List.of(1)), 2)).isEqualTo("{\n  \"a\": [\n    1\n  ]\n}");
    }
}
