package dev.trefoil.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.duckdb.DuckDBDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatSamplesTest {

    private static final String ROW =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\", \"content\": \"yes\"}]}";

    /** Turns as {@code role=content;}, the answers learned. */
    private static final ChatRenderer PLAIN = new ChatRenderer() {
        @Override
        public String render(Conversation conversation, boolean addGenerationPrompt) {
            StringBuilder text =
                    new StringBuilder(String.valueOf(conversation.variables().getOrDefault("tools", "")));
            conversation
                    .messages()
                    .forEach(turn -> text.append(turn.role())
                            .append('=')
                            .append(turn.content())
                            .append(';'));
            return text + (addGenerationPrompt ? "assistant=" : "");
        }

        @Override
        public ChatText learned(Conversation conversation, int from) {
            return span(conversation, from);
        }

        @Override
        public ChatText answer(Conversation conversation, int from) {
            return span(conversation, from);
        }

        private ChatText span(Conversation conversation, int from) {
            String text = render(conversation, false);
            int begin = from == 0 ? 0 : render(conversation.first(from), true).length();
            return new ChatText(text, List.of(new ChatText.Span(begin, text.length())));
        }
    };

    @TempDir
    private Path folder;

    private DataConfig file(String name, String text) throws IOException {
        return DataConfig.of(Files.writeString(folder.resolve(name), text).toString());
    }

    private String text(DataConfig data) {
        return ((ChatSample) Samples.training(data, folder, PLAIN).samples().get(0)).text();
    }

    @Test
    void reads_messages_from_every_form() throws IOException, SQLException {
        assertThat(text(file("a.jsonl", ROW))).isEqualTo("user=hi;assistant=yes;");
        assertThat(text(file("a.json", "[" + ROW + "]"))).isEqualTo("user=hi;assistant=yes;");
        Path parquet = folder.resolve("a.parquet");
        try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
                Statement statement = connection.createStatement()) {
            statement.execute("COPY (SELECT [{'role': 'user', 'content': 'hi', 'name': NULL},"
                    + " {'role': 'assistant', 'content': 'yes', 'name': 'x'}] AS messages) TO '" + parquet
                    + "' (FORMAT parquet)");
        }
        assertThat(text(DataConfig.of(parquet.toString()))).isEqualTo("user=hi;assistant=yes;");
    }

    @Test
    void knows_other_names_parts_and_tools() throws IOException {
        DataConfig shareGpt = file(
                "s.jsonl",
                "{\"conversations\": [{\"from\": \"human\", \"value\": \"hi\"}, {\"from\": \"gpt\", \"value\": \"yes\"}]}");
        assertThat(text(shareGpt.withColumns(Map.of("messages", "conversations"))))
                .isEqualTo("user=hi;assistant=yes;");
        assertThat(text(file(
                        "p.jsonl",
                        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"a\"},"
                                + " {\"type\": \"text\", \"text\": \"b\"}]}], \"tools\": [{\"name\": \"f\"}]}")))
                .isEqualTo("[{name=f}]user=ab;");
        assertThat(text(file("r.jsonl", ROW).withReplace(List.of(new Replacement("hi", "hello")))))
                .isEqualTo("user=hello;assistant=yes;");
    }

    @Test
    void learns_the_completion_of_a_prompt() throws IOException {
        DataConfig data = file(
                "c.jsonl",
                "{\"prompt\": [{\"role\": \"user\", \"content\": \"hi\"}],"
                        + " \"completion\": [{\"role\": \"assistant\", \"content\": \"yes\"}]}");
        ChatSample sample =
                (ChatSample) Samples.training(data, folder, PLAIN).samples().get(0);
        assertThat(sample.text().substring(sample.firstLearned())).isEqualTo("yes;");
    }

    @Test
    void pairs_have_a_prompt_of_their_own_or_a_common_one() throws IOException {
        String yes = "{\"role\": \"assistant\", \"content\": \"yes\"}";
        String no = "{\"role\": \"assistant\", \"content\": \"no\"}";
        String ask = "{\"role\": \"user\", \"content\": \"hi\"}";
        PreferenceSample wanted = new PreferenceSample("user=hi;assistant=", "yes;", "no;", 2.0);
        assertThat(Samples.preferences(
                                file(
                                        "own.jsonl",
                                        "{\"prompt\": [" + ask + "], \"chosen\": [" + yes + "], \"rejected\": [" + no
                                                + "], \"margin\": 2}"),
                                folder,
                                PLAIN)
                        .samples())
                .containsExactly(wanted);
        assertThat(Samples.preferences(
                                file(
                                        "common.jsonl",
                                        "{\"chosen\": [" + ask + ", " + yes + "], \"rejected\": [" + ask + ", " + no
                                                + "], \"margin\": 2}"),
                                folder,
                                PLAIN)
                        .samples())
                .containsExactly(wanted);
        DataConfig apart = file("apart.jsonl", "{\"chosen\": [" + yes + "], \"rejected\": [" + no + "]}");
        assertThatThrownBy(() -> Samples.preferences(apart, folder, PLAIN))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("apart.jsonl row 1", "no prompt");
    }

    @Test
    void prompts_end_with_the_last_question_and_carry_their_turns() throws IOException {
        PromptSample prompt = Samples.prompts(file("m.jsonl", ROW.replace("}]}", "}], \"topic\": 3}")), folder, PLAIN)
                .samples()
                .get(0);
        assertThat(prompt.prompt()).isEqualTo("user=hi;assistant=");
        assertThat(prompt.templated()).isTrue();
        assertThat(prompt.metadata())
                .containsEntry("topic", 3)
                .containsEntry("messages", List.of(Map.of("role", "user", "content", "hi")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "{\"messages\": [{\"content\": \"a\"}]} ~ message 1 has no role",
                "{\"messages\": [{\"role\": \"user\"}]} ~ message 1 has no content",
                "{\"messages\": [{\"role\": \"user\", \"content\": 3}]} ~ content that is no text",
                "{\"messages\": [\"a\"]} ~ message 1 is no object",
                "{\"messages\": \"a\"} ~ holds no list of messages",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]} ~ part that is no text",
            })
    void tells_the_row_and_the_turn(String row, String wanted) throws IOException {
        DataConfig data = file("bad.jsonl", row);
        assertThatThrownBy(() -> Samples.training(data, folder, PLAIN))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("bad.jsonl row 1", wanted);
    }

    @Test
    void without_a_template_messages_are_refused_and_empty_ones_dropped() throws IOException {
        DataConfig data = file("e.jsonl", "{\"messages\": []}\n" + ROW);
        assertThat(Samples.training(data, folder, PLAIN).report().describe()).contains("messages empty");
        assertThatThrownBy(() -> Samples.training(data, folder, ChatRenderer.none()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("chat template");
    }
}
