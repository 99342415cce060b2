package dev.trefoil.data.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trefoil.UserError;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.Format;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackExchangeTest {

    private static final String POSTS = """
            <?xml version="1.0" encoding="utf-8"?>
            <posts>
              <row Id="5" PostTypeId="2" ParentId="9" Score="7" Body="&lt;p&gt;good&lt;/p&gt;" />
              <row Id="6" PostTypeId="2" ParentId="9" Score="-3" Body="&lt;p&gt;bad&lt;/p&gt;" />
              <row Id="7" PostTypeId="2" ParentId="9" Score="3" Body="&lt;p&gt;accepted&lt;/p&gt;" />
              <row Id="9" PostTypeId="1" AcceptedAnswerId="7" Score="1" Title="How?" Body="&lt;p&gt;Say &lt;b&gt;how&lt;/b&gt;&lt;/p&gt;" />
              <row Id="10" PostTypeId="2" ParentId="4" Score="1" Body="&lt;p&gt;lost&lt;/p&gt;" />
              <row Id="11" PostTypeId="4" Score="0" Body="a tag" />
              <row Id="12" PostTypeId="1" Score="0" Title="Alone" Body="&lt;p&gt;no answer&lt;/p&gt;" />
              <row Id="13" PostTypeId="2" ParentId="12" Score="x" Body="y" />
              <row Id="-1" PostTypeId="2" ParentId="12" Score="1" Body="z" />
            </posts>
            """;

    @TempDir
    Path folder;

    private static Prepared write(SourceSplit split, Path out) {
        return StackExchange.write(new StackExchange.Options(split, null, 10, true, "64MB"), out, Format.JSON, false);
    }

    private static SourceSplit of(Path train, Path... test) {
        return new SourceSplit(List.of(train), List.of(test), 0, Map.of(), 1);
    }

    private List<Row> rows(String name) {
        return DataFile.readAll(folder.resolve("out").resolve(name), ReadOptions.defaults());
    }

    @Test
    void posts_are_joined_whichever_comes_first() throws IOException {
        Path site = Files.createDirectories(folder.resolve("tea.stackexchange.com"));
        Files.writeString(site.resolve("Posts.xml"), POSTS);
        Prepared prepared = write(of(site), folder.resolve("out"));

        assertThat(prepared.counts())
                .containsEntry("questions", 2L)
                .containsEntry("answers", 3L)
                .containsEntry("posts of other types", 1L);
        // scores 3, -1 and 2 + 1: only the bad one is worse than another
        List<Row> pairs = rows("reward.jsonl");
        assertThat(pairs).extracting(row -> row.values().get("chosen")).containsExactly("good", "accepted");
        assertThat(pairs.get(1).values())
                .containsEntry("id", "tea.stackexchange.com/9")
                .containsEntry("prompt", "Question: How?\n\nSay **how**\n\nAnswer: ")
                .containsEntry("rejected", "bad")
                .containsEntry("margin", 4)
                .containsEntry("chosen_url", "https://tea.stackexchange.com/a/7");
        assertThat(rows("sft.jsonl"))
                .singleElement()
                .satisfies(row -> assertThat(row.values()).containsEntry("completion", "accepted"));
        assertThat(rows("prompts.jsonl")).hasSize(2);
        assertThat(rows("rejects.jsonl"))
                .extracting(row -> row.values().get("row") + " " + row.values().get("reason"))
                .containsExactly(
                        "10 post whose Score is no number",
                        "11 post whose Id is below 0",
                        "7 answer whose question is not in the file");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).hasSize(2);
        }
    }

    @Test
    void rows_with_answers_inside_and_the_published_preferences_are_read() throws IOException {
        Path file = Files.writeString(folder.resolve("q.jsonl"), """
                {"site": "s", "question_id": 1, "title": "T", "body_html": "B", "answers": [{"answer_id": 2, "body_html": "a", "score": 1, "accepted": true}, {"answer_id": 3, "body_html": "b", "score": 0, "accepted": false}, {"answer_id": 4, "body_html": " ", "score": 9, "accepted": false}, {"answer_id": 5, "score": 9}]}
                {"qid": 7, "question": "<p>Q</p>", "answers": [{"answer_id": 8, "text": "c", "pm_score": 2, "selected": false}, {"answer_id": 9, "text": "d", "pm_score": 5, "selected": true}]}
                {"qid": 8, "question": "Q"}
                """);
        Prepared prepared = write(of(file), folder.resolve("out"));
        assertThat(rows("reward.jsonl"))
                .extracting(row -> row.values().get("margin"))
                .containsExactly(2, 3);
        assertThat(rows("reward.jsonl").get(1).values())
                .containsEntry("prompt", "Question: Q\n\nAnswer: ")
                .containsEntry("id", "q.jsonl/7");
        assertThat(prepared.leftOut().keySet())
                .containsExactlyInAnyOrder(
                        "answer without text",
                        "answer without answer_id or text",
                        "question without a list of answers");
        assertThatThrownBy(() -> StackExchange.write(
                        new StackExchange.Options(of(file), null, 10, true, "64MB"),
                        folder.resolve("strict"),
                        Format.JSON,
                        true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("q.jsonl row 1: answer without");
        assertThat(folder.resolve("strict")).doesNotExist();
    }

    @Test
    void questions_are_split_whole_and_none_is_in_two_parts() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            lines.append(
                    "{'site': 's', 'question_id': %d, 'body_html': 'q%d', 'answers': [{'answer_id': 1, 'body_html': 'a',"
                                    .formatted(i, i)
                            + " 'score': 5}, {'answer_id': 2, 'body_html': 'b', 'score': 0}]}\n");
        }
        Path file =
                Files.writeString(folder.resolve("q.jsonl"), lines.toString().replace('\'', '"'));
        SourceSplit split =
                new SourceSplit(List.of(file), List.of(), 0.2, Map.of("sft", 0.4, "reward", 0.3, "prompts", 0.3), 1);
        write(split, folder.resolve("out"));
        Set<Object> seen = new HashSet<>();
        for (String name : List.of("sft.jsonl", "reward.jsonl", "prompts.jsonl", "reward-test.jsonl")) {
            List<Row> rows = rows(name);
            assertThat(rows).as(name).hasSizeBetween(30, 160);
            rows.forEach(row -> assertThat(seen.add(row.values().get("id"))).isTrue());
        }
        assertThat(seen).hasSize(300);
        assertThat(rows("sft-test.jsonl")).hasSameSizeAs(rows("prompts-test.jsonl"));

        byte[] before = Files.readAllBytes(folder.resolve("out/reward.jsonl"));
        byte[] summary = Files.readAllBytes(folder.resolve("out/data.json"));
        write(split, folder.resolve("out"));
        assertThat(Files.readAllBytes(folder.resolve("out/reward.jsonl"))).isEqualTo(before);
        assertThat(Files.readAllBytes(folder.resolve("out/data.json"))).isEqualTo(summary);
    }

    @Test
    void a_test_question_is_not_trained_on_and_other_folders_are_not_replaced() throws IOException {
        Path file = Files.writeString(folder.resolve("q.jsonl"), """
                {"site": "s", "question_id": 1, "body_html": "B", "answers": []}
                {"site": "s", "question_id": 2, "body_html": "B", "answers": []}
                """);
        Path test = Files.writeString(
                folder.resolve("t.jsonl"),
                "{\"site\": \"s\", \"question_id\": 2, \"body_html\": \"B\", \"answers\": []}");
        Prepared prepared = write(of(file, test), folder.resolve("out"));
        assertThat(prepared.rows()).containsEntry("prompts.jsonl", 1L).containsEntry("prompts-test.jsonl", 1L);
        assertThat(prepared.leftOut()).containsEntry("question for training that is in a test source too", 1L);
        Path mine = Files.createDirectories(folder.resolve("mine"));
        Files.writeString(mine.resolve("thesis.txt"), "x");
        assertThatThrownBy(() -> write(of(file), mine)).hasMessageContaining("is not replaced");
        assertThat(mine.resolve("thesis.txt")).exists();
    }

    @ParameterizedTest
    @CsvSource({
        "0, false, 0",
        "1, false, 1",
        "2, false, 2",
        "5, false, 3",
        "1023, false, 10",
        "-1, false, -1",
        "-9, true, 0",
        "4, true, 3"
    })
    void scores_follow_the_published_rule(long votes, boolean accepted, long score) {
        assertThat(AnswerScore.of(votes, accepted)).isEqualTo(score);
    }

    @Test
    void html_becomes_markdown_without_what_only_a_browser_shows() {
        Markdown markdown = new Markdown();
        assertThat(
                        markdown.of(
                                "<p>Let <em>x</em> be $\\frac{a}{b}^2$ &amp; a_b*c</p>\n<p>see <a href=\"http://x.org/\">this</a></p>"))
                .isEqualTo("Let *x* be $\\frac{a}{b}^2$ & a_b*c\n\nsee [this](http://x.org/)");
        assertThat(markdown.of("<pre><code>if (a &lt; b)\n    c();\n</code></pre><p>and <code>d</code></p>"))
                .isEqualTo("```\nif (a < b)\n    c();\n```\n\nand `d`");
        assertThat(markdown.of("<ul><li>a</li><li>b</li></ul><script>alert(1)</script><h2>T</h2>"))
                .isEqualTo("* a\n* b\n\n## T");
        assertThat(markdown.of("<div>".repeat(5000) + "deep" + "</div>".repeat(5000)))
                .isEqualTo("deep");
        assertThat(markdown.of("")).isEmpty();
    }

    @Test
    void the_published_sample_gives_the_counts_of_its_description() {
        String shared = System.getProperty("trefoil.shared", System.getenv("TREFOIL_SHARED"));
        Path data = Path.of(shared == null ? "../shared" : shared, "data");
        assumeTrue(Files.exists(data.resolve("stackexchange_test.jsonl")), "no shared data");
        Path posts = data.resolve("stackexchange_coffee_Posts.xml");
        Prepared coffee = StackExchange.write(
                new StackExchange.Options(of(posts), "coffee.stackexchange.com", 10, true, "64MB"),
                folder.resolve("coffee"),
                Format.JSON,
                true);
        Prepared test = write(of(data.resolve("stackexchange_test.jsonl")), folder.resolve("out"));
        assertThat(test.rows()).containsEntry("reward.jsonl", 561L);
        assertThat(coffee.rows()).containsEntry("reward.jsonl", 94L).containsEntry("prompts.jsonl", 58L);
    }
}
