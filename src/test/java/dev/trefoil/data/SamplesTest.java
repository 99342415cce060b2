package dev.trefoil.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplesTest {

    @TempDir
    Path folder;

    private DataConfig file(String name, String... lines) throws IOException {
        Files.write(folder.resolve(name), List.of(lines));
        return DataConfig.of(name);
    }

    private DataConfig numbered(int count) throws IOException {
        return file(
                "n.jsonl",
                IntStream.range(0, count)
                        .mapToObj(i -> "{\"text\": \"t" + i + "\", \"label\": \""
                                + (i % 2 == 0 ? "positive" : "negative") + "\"}")
                        .toArray(String[]::new));
    }

    private List<String> texts(DataConfig config) {
        return Samples.read(config, folder, SampleKind.TEXT).samples().stream()
                .map(TextSample::text)
                .toList();
    }

    @Test
    void maps_templates_and_replaces() throws IOException {
        DataConfig data = file("a.jsonl", "{\"q\": \"a<br />b\", \"a\": \" {c}\"}");
        DataConfig config = data.withTemplate(Map.of("prompt", "Question: {q}\n\n{{Answer}}:", "completion", "{a}"))
                .withReplace(List.of(new Replacement("<br />", "\n")));
        assertThat(Samples.training(config, folder, ChatRenderer.none()).samples())
                .isEqualTo(List.of(new CompletionSample("Question: a\nb\n\n{Answer}:", " {c}")));
        assertThat(texts(data.withColumns(Map.of("text", "q")))).containsExactly("a<br />b");
    }

    @Test
    void finds_the_kind_of_training_samples() throws IOException {
        assertThat(Samples.training(
                                file("a.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}"),
                                folder,
                                ChatRenderer.none())
                        .samples()
                        .get(0))
                .isInstanceOf(CompletionSample.class);
        assertThat(Samples.training(
                                file("b.jsonl", "{\"prompt\": \"a\", \"text\": \"b\"}"), folder, ChatRenderer.none())
                        .samples()
                        .get(0))
                .isInstanceOf(TextSample.class);
    }

    @Test
    void explains_a_missing_column() throws IOException {
        DataConfig data = file("a.jsonl", "{\"Text\": \"a\", \"id\": 1}");
        assertThatThrownBy(() -> texts(data))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(
                        "a.jsonl row 1", "no column `text`", "columns found: Text, id", "nearest is `Text`")
                .hasMessageContaining("columns: {text: Text}");
        assertThatThrownBy(() -> texts(data.withFilter(Map.of("lable", "x")).withColumns(Map.of("text", "Text"))))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no column `lable` (wanted for filter)");
        DataConfig later = file("b.jsonl", "{\"text\": \"a\"}", "{\"txt\": \"b\"}");
        assertThatThrownBy(() -> texts(later)).hasMessageContaining("b.jsonl row 2: no column `text`");
        DataConfig nested = file("c.jsonl", "{\"text\": [\"a\"]}");
        assertThatThrownBy(() -> texts(nested))
                .hasMessageContaining("c.jsonl row 1: column `text` holds a list, wanted text");
    }

    @Test
    void refuses_unknown_parts_and_bad_templates() throws IOException {
        DataConfig data = numbered(1);
        assertThatThrownBy(() -> data.withColumns(Map.of("chosn", "a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("columns.chosn: ")
                .hasMessageContaining("did you mean chosen?");
        for (String bad : List.of("a {b", "a } b", "{}", "{ }")) {
            assertThatThrownBy(() -> data.withTemplate(Map.of("text", bad)))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("template.text: ");
        }
        assertThatThrownBy(() -> data.withTemplate(Map.of("text", "{a}")).withColumns(Map.of("text", "a")))
                .hasMessageContaining("has a template too");
    }

    @Test
    void counts_what_it_drops() throws IOException {
        DataConfig data = file(
                "a.jsonl",
                "{\"text\": \"abc\", \"label\": 1}",
                "{\"text\": null, \"label\": 1}",
                "{\"text\": \" \\n\", \"label\": 1}",
                "{\"text\": \"a\", \"label\": 1}",
                "{\"text\": \"abcdefg\", \"label\": 1}",
                "{\"text\": \"abc\", \"label\": 0}");
        SampleSet<TextSample> set =
                Samples.read(data.withFilter(Map.of("label", "1")).withChars(2, 5), folder, SampleKind.TEXT);
        assertThat(set.samples()).containsExactly(new TextSample("abc"));
        assertThat(set.report().read()).isEqualTo(6);
        assertThat(set.report().describe())
                .isEqualTo("a.jsonl: 6 rows read, 1 kept; dropped: 1 text null (row 2); 1 text empty (row 3);"
                        + " 1 shorter than 2 characters (row 4); 1 longer than 5 characters (row 5);"
                        + " 1 not in filter {label=1} (row 6)");
    }

    @Test
    void refuses_to_go_on_with_nothing() throws IOException {
        DataConfig data = numbered(3);
        assertThatThrownBy(() -> texts(data.withFilter(Map.of("label", "neutral"))))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no sample is left")
                .hasMessageContaining("3 not in filter {label=neutral} (row 1, row 2, row 3)");
        DataConfig blank = file("b.csv", "text");
        assertThatThrownBy(() -> texts(blank)).isInstanceOf(UserError.class).hasMessageContaining("has no rows");
        assertThatThrownBy(() -> texts(DataConfig.defaults())).hasMessageContaining("path: is missing");
    }

    @Test
    void slices_of_one_shuffle_share_nothing_and_repeat() throws IOException {
        DataConfig data = numbered(50);
        List<String> first = texts(data.withShuffle(7L).withSlice(0, 20L));
        List<String> rest = texts(data.withShuffle(7L).withSlice(20, null));
        assertThat(Stream.concat(first.stream(), rest.stream()))
                .doesNotHaveDuplicates()
                .hasSize(50);
        assertThat(texts(data.withShuffle(7L).withSlice(0, 20L))).isEqualTo(first);
        assertThat(texts(data.withShuffle(8L).withSlice(0, 20L))).isNotEqualTo(first);
        assertThat(texts(data.withSlice(2, 3L))).containsExactly("t2", "t3", "t4");
    }

    @Test
    void joins_several_files() throws IOException {
        file("a.jsonl", "{\"text\": \"a\"}");
        file("b.csv", "text", "b");
        DataConfig both = new DataConfig(
                List.of("a.jsonl", "b.csv"), null, null, null, null, null, null, null, null, null, null, 0, null);
        assertThat(texts(both)).containsExactly("a", "b");
    }

    @Test
    void makes_pairs_from_labels() throws IOException {
        DataConfig data = numbered(11).withPairs(PairConfig.defaults());
        SampleSet<PreferenceSample> set = Samples.preferences(data, folder, ChatRenderer.none());
        assertThat(set.samples()).hasSize(5).allSatisfy(pair -> {
            assertThat(pair.prompt()).isEmpty();
            assertThat(pair.margin()).isNull();
            assertThat(Integer.parseInt(pair.chosen().substring(1)) % 2).isZero();
            assertThat(Integer.parseInt(pair.rejected().substring(1)) % 2).isOne();
        });
        assertThat(set.samples()).extracting(PreferenceSample::chosen).doesNotHaveDuplicates();
        assertThat(Samples.preferences(data, folder, ChatRenderer.none()).samples())
                .isEqualTo(set.samples());
        assertThatThrownBy(() -> Samples.preferences(
                        data.withPairs(new PairConfig("good", "negative", 0, null)), folder, ChatRenderer.none()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(
                        "no text has the label `good`; labels found (with counts): {negative=5, positive=6}");
    }

    @Test
    void reads_preferences_with_and_without_margin() throws IOException {
        DataConfig data = file(
                "p.jsonl",
                "{\"prompt\": \"p\", \"chosen\": \" a\", \"rejected\": \" b\", \"margin\": 0.5}",
                "{\"prompt\": \"\", \"chosen\": \" a\", \"rejected\": \" b\"}");
        assertThat(Samples.preferences(data, folder, ChatRenderer.none()).samples())
                .containsExactly(
                        new PreferenceSample("p", " a", " b", 0.5), new PreferenceSample("", " a", " b", null));
        DataConfig bad =
                file("q.jsonl", "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"margin\": \"big\"}");
        assertThatThrownBy(() -> Samples.preferences(bad, folder, ChatRenderer.none()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("q.jsonl row 1: margin is `big`, wanted a finite number");
    }

    @Test
    void prompts_keep_the_other_columns_and_fall_back_to_texts() throws IOException {
        assertThat(Samples.prompts(numbered(1), folder, ChatRenderer.none()).samples())
                .containsExactly(new PromptSample("t0", Map.of("label", "positive")));
        DataConfig own = file("p.jsonl", "{\"prompt\": \"a\", \"text\": \"b\"}");
        assertThat(Samples.prompts(own, folder, ChatRenderer.none()).samples())
                .containsExactly(new PromptSample("a", Map.of("text", "b")));
    }

    @Test
    void keyed_numbers_are_even_and_repeat() {
        int[] counts = new int[7];
        KeyedRandom random = KeyedRandom.of(3, 4);
        for (int i = 0; i < 70_000; i++) {
            counts[random.nextInt(7)]++;
        }
        assertThat(counts).satisfies(all -> {
            for (int count : all) {
                assertThat(count).isBetween(9_600, 10_400);
            }
        });
        assertThat(KeyedRandom.of(1, 2).nextLong())
                .isEqualTo(KeyedRandom.of(1, 2).nextLong());
        assertThat(KeyedRandom.of(1, 2).nextLong())
                .isNotEqualTo(KeyedRandom.of(2, 1).nextLong());
        assertThat(KeyedRandom.of(5).permutation(100))
                .containsExactlyInAnyOrder(IntStream.range(0, 100).toArray());
    }
}
