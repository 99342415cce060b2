package dev.trefoil.data.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.Format;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DialoguesAndReviewsTest {

    @TempDir
    Path folder;

    private SourceSplit of(Path train, Path... test) {
        return new SourceSplit(List.of(train), List.of(test), 0, Map.of(), 1);
    }

    private List<Row> rows(String name) {
        return DataFile.readAll(folder.resolve("out").resolve(name), ReadOptions.defaults());
    }

    @Test
    void dialogues_are_cut_at_their_last_answer() throws IOException {
        Path file = Files.writeString(folder.resolve("hh.jsonl"), """
                {"chosen": "\\n\\nHuman: Hi\\n\\nAssistant: Yes?\\n\\nHuman: Tea\\n\\nAssistant: Here.", "rejected": "\\n\\nHuman: Hi\\n\\nAssistant: Yes?\\n\\nHuman: Tea\\n\\nAssistant: No."}
                {"chosen": "\\n\\nHuman: A\\n\\nAssistant: b", "rejected": "\\n\\nHuman: X\\n\\nAssistant: c"}
                {"chosen": "\\n\\nHuman: A\\n\\nAssistant: b", "rejected": "\\n\\nHuman: A\\n\\nAssistant: b"}
                {"chosen": "\\n\\nHuman: A\\n\\nAssistant: b", "rejected": "\\n\\nHuman: A\\n\\nAssistant: c\\n\\nHuman: d\\n\\nAssistant: e"}
                {"chosen": "no turns", "rejected": "none"}
                {"prompt": "\\n\\nHuman: B\\n\\nAssistant:", "chosen": " x", "rejected": " y"}
                {"text": "?"}
                """);
        Path test = Files.writeString(
                folder.resolve("t.jsonl"),
                "{\"prompt\": \"\\n\\nHuman: B\\n\\nAssistant:\", \"chosen\": \" u\", \"rejected\": \" v\"}");
        Prepared prepared = Dialogues.write(of(file, test), folder.resolve("out"), Format.JSON, false);
        assertThat(rows("reward.jsonl"))
                .singleElement()
                .satisfies(row -> assertThat(row.values())
                        .containsEntry("prompt", "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Tea\n\nAssistant:")
                        .containsEntry("chosen", " Here.")
                        .containsEntry("rejected", " No."));
        assertThat(rows("sft-test.jsonl").get(0).values()).containsEntry("completion", " u");
        assertThat(prepared.leftOut())
                .containsEntry("dialogues differ before the last answer", 1L)
                .containsEntry("answer is empty or both are equal", 1L)
                .containsEntry("dialogues have unequal numbers of turns", 1L)
                .containsEntry("dialogue without an answer", 1L)
                .containsEntry("dialogue for training that begins like one of a test source", 1L)
                .containsEntry("pair without chosen or rejected", 1L);
    }

    @Test
    void reviews_are_read_from_rows_and_from_the_published_folders() throws IOException {
        Path train = folder.resolve("aclImdb/train");
        for (String name : List.of("pos/0_9.txt", "pos/1_8.txt", "neg/0_2.txt")) {
            Path file = train.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, name + "<br /><br />end");
        }
        Path test = Files.writeString(folder.resolve("t.jsonl"), """
                {"text": "fine", "label": 1}
                {"text": "awful", "label": "negative"}
                {"text": "fine", "label": "positive"}
                {"text": "?", "label": "unsure"}
                """);
        Prepared prepared = Reviews.write(of(train, test), folder.resolve("out"), Format.JSON, false);
        assertThat(prepared.rows())
                .containsEntry("sft.jsonl", 3L)
                .containsEntry("reward.jsonl", 1L)
                .containsEntry("reward-test.jsonl", 1L)
                .containsEntry("prompts-test.jsonl", 2L);
        assertThat(rows("sft.jsonl").get(0).values())
                .containsEntry("text", "pos/0_9.txt\n\nend")
                .containsEntry("label", "positive");
        assertThat(rows("reward-test.jsonl").get(0).values())
                .containsEntry("chosen", "fine")
                .containsEntry("rejected", "awful");
        assertThat(prepared.leftOut())
                .containsEntry("review that was there before", 1L)
                .containsEntry("review without label", 1L);
        assertThatThrownBy(() -> Reviews.write(of(folder.resolve("aclImdb")), folder.resolve("no"), Format.JSON, false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("found no folder pos");
    }
}
