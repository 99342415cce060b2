package dev.trefoil.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowWriterTest {

    @TempDir
    Path folder;

    private static final List<Map<String, Object>> ROWS = List.of(
            row("text", "a, \"b\"\nc", "n", 1, "when", "2024-01-02", "parts", List.of(Map.of("k", 1)), "mixed", 1),
            row("text", "", "n", 2.5, "when", null, "parts", List.of(), "mixed", "x"));

    private static Map<String, Object> row(Object... pairs) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            row.put((String) pairs[i], pairs[i + 1]);
        }
        return row;
    }

    private Path write(String name) {
        Path file = folder.resolve(name);
        try (RowWriter writer = RowWriter.open(file, Format.AUTO)) {
            ROWS.forEach(writer::write);
            assertThat(file).doesNotExist();
            writer.commit();
        }
        return file;
    }

    @Test
    void parquet_keeps_types_and_does_not_guess_at_texts() {
        List<Row> rows = DataFile.readAll(write("a.parquet"), ReadOptions.defaults());
        assertThat(rows.get(0).values())
                .containsEntry("text", "a, \"b\"\nc")
                .containsEntry("n", 1.0)
                .containsEntry("when", "2024-01-02")
                .containsEntry("parts", List.of(Map.of("k", 1L)))
                .containsEntry("mixed", "1");
        assertThat(rows.get(1).values())
                .containsEntry("text", "")
                .containsEntry("when", null)
                .containsEntry("n", 2.5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.csv", "a.tsv"})
    void tables_of_text_can_be_read_back(String name) {
        List<Row> rows = DataFile.readAll(write(name), ReadOptions.defaults());
        assertThat(rows).extracting(row -> row.values().get("text")).containsExactly("a, \"b\"\nc", "");
        assertThat(rows.get(0).values()).containsEntry("n", "1").containsEntry("mixed", "1");
        assertThat(rows.get(0).text("parts")).contains("\"k\":1");
    }

    @ParameterizedTest
    @ValueSource(strings = {".jsonl", ".csv", ".parquet"})
    void the_same_rows_give_the_same_bytes(String ending) throws IOException {
        assertThat(Files.readAllBytes(write("b" + ending))).isEqualTo(Files.readAllBytes(write("c" + ending)));
    }

    @Test
    void what_is_not_committed_leaves_nothing() throws IOException {
        try (RowWriter writer = RowWriter.open(folder.resolve("d.parquet"), Format.AUTO)) {
            writer.write(ROWS.get(0));
        }
        try (RowWriter writer = RowWriter.open(folder.resolve("e.parquet"), Format.AUTO)) {
            assertThatThrownBy(writer::commit).isInstanceOf(UserError.class).hasMessageContaining("no row to write");
        }
        assertThatThrownBy(() -> RowWriter.open(folder.resolve("f.xml"), Format.AUTO))
                .hasMessageContaining("cannot be written in this form");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void bad_lines_are_listed_with_their_place() throws IOException {
        Path file = Files.writeString(
                folder.resolve("a.jsonl"), "{\"a\": 1}\n{\"a\": \n[1]\n\n{\"a\": \"\u0000\"}\n{\"a\": 2}\n");
        Path list = folder.resolve("rejects.jsonl");
        List<Row> rows = new ArrayList<>();
        try (Rejects rejects = new Rejects(list, false);
                RowReader reader = DataFile.read(file, ReadOptions.defaults(), rejects)) {
            reader.forEachRemaining(rows::add);
            rejects.commit();
            assertThat(rejects.describe(list))
                    .isEqualTo("rows left out: 3: 1 not valid JSON (a.jsonl:2); 1 not a JSON object (a.jsonl:3);"
                            + " 1 holds a NUL byte (a.jsonl:5); listed in " + list);
        }
        assertThat(rows).extracting(row -> row.values().get("a")).containsExactly(1, 2);
        List<Row> listed = DataFile.readAll(list, ReadOptions.defaults());
        assertThat(listed).extracting(row -> row.values().get("row")).containsExactly(2, 3, 5);
        assertThat(listed.get(0).values())
                .containsEntry("file", file.toString())
                .containsEntry("reason", "not valid JSON");
        try (Rejects none = new Rejects(list, true)) {
            assertThatThrownBy(() -> none.add(new BadRow(file, 2, "is odd", ": x")))
                    .hasMessageEndingWith("a.jsonl row 2: is odd: x");
            none.commit();
        }
        assertThat(list).doesNotExist();
    }

    @Test
    void bad_lines_of_a_table_are_listed_too() throws IOException {
        Path file = Files.writeString(folder.resolve("a.csv"), "a,b\n1,2\n1,2,3\n4,5\n6\n7,8\n");
        List<BadRow> bad = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        try (RowReader reader = DataFile.read(file, ReadOptions.defaults(), bad::add)) {
            reader.forEachRemaining(rows::add);
        }
        assertThat(rows).extracting(row -> row.values().get("a")).containsExactly("1", "4", "7");
        assertThat(bad).extracting(BadRow::row).containsExactly(3L, 5L);
        assertThat(bad.get(0).reason()).startsWith("not a valid row");
    }
}
