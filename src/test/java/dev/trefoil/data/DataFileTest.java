package dev.trefoil.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.assertj.core.api.AbstractThrowableAssert;
import org.duckdb.DuckDBDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFileTest {

    @TempDir
    Path folder;

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private List<Row> read(Path file) {
        return DataFile.readAll(file, ReadOptions.defaults());
    }

    private AbstractThrowableAssert<?, ?> assertFault(Path file) {
        return assertThatThrownBy(() -> read(file))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo(ExitCode.CONFIG_OR_DATA));
    }

    @Test
    void reads_json_lines_with_their_line_numbers() throws IOException {
        List<Row> rows =
                read(write("a.jsonl", "\uFEFF{\"text\": \"é\", \"n\": 3}\n\n{\"text\": null, \"tags\": [\"x\"]}"));
        assertThat(rows).extracting(Row::number).containsExactly(1L, 3L);
        assertThat(rows.get(0).values()).isEqualTo(Map.of("text", "é", "n", 3));
        assertThat(rows.get(1).values()).containsEntry("text", null).containsEntry("tags", List.of("x"));
    }

    @Test
    void reads_a_json_array_over_several_lines() throws IOException {
        List<Row> rows = read(write("a.json", " \n[\n {\"a\": 1},\n {\"a\":\n 2}\n]\n"));
        assertThat(rows).extracting(row -> row.values().get("a")).containsExactly(1, 2);
        assertFault(write("b.json", "[{\"a\": 1}, {\"a\": ]")).hasMessageContaining("b.json row 2: not valid JSON");
        assertFault(write("c.json", "[{\"a\": 1}, 7]")).hasMessageContaining("row 2: not a JSON object");
    }

    @Test
    void reads_csv_as_text_with_quotes_and_line_ends() throws IOException {
        List<Row> rows = read(write("a.csv", "id,text\n007,\"a, \"\"b\"\"\nc\"\n8,\n"));
        assertThat(rows.get(0).values()).containsExactly(Map.entry("id", "007"), Map.entry("text", "a, \"b\"\nc"));
        assertThat(rows.get(1).values()).containsEntry("id", "8");
        assertThat(rows.get(1).text("text")).isNull();
    }

    @Test
    void reads_tsv() throws IOException {
        assertThat(read(write("a.tsv", "text\tlabel\na, b\tpositive\n")).get(0).values())
                .isEqualTo(Map.of("text", "a, b", "label", "positive"));
    }

    @Test
    void reads_parquet_in_order() throws IOException, SQLException {
        Path file = folder.resolve("a.parquet");
        try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
                Statement statement = connection.createStatement()) {
            statement.execute("COPY (SELECT 'text ' || i AS text, i % 2 AS label, [i, i + 1] AS list, {'a': i} AS part"
                    + " FROM range(5000) t(i)) TO '" + file + "' (FORMAT parquet)");
        }
        List<Row> rows = read(file);
        assertThat(rows).hasSize(5000);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).text("text")).isEqualTo("text " + i);
        }
        assertThat(rows.get(7).text("label")).isEqualTo("1");
        assertThat(rows.get(7).values().get("list")).isEqualTo(List.of(7L, 8L));
        assertThat(rows.get(7).values().get("part")).isEqualTo(Map.of("a", 7L));
        ReadOptions odd = ReadOptions.defaults()
                .withFilter(Map.of("label", "1"))
                .withSkip(2)
                .withLimit(2L);
        assertThat(DataFile.readAll(file, odd)).extracting(Row::number).containsExactly(6L, 8L);
    }

    @Test
    void streams_without_reading_on() throws IOException {
        Path file = write("a.jsonl", "{\"text\": \"a\"}\nbroken");
        try (RowReader rows = DataFile.read(file, ReadOptions.defaults().withLimit(1L))) {
            assertThat(rows.next().text("text")).isEqualTo("a");
            assertThat(rows.hasNext()).isFalse();
        }
    }

    @Test
    void names_the_row_of_bad_json() throws IOException {
        assertFault(write("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\"\n"))
                .hasMessageContaining("a.jsonl row 2: not valid JSON");
        assertFault(write("b.jsonl", "{\"text\": \"a\"} {\"text\": \"b\"}\n"))
                .hasMessageContaining("row 1: not valid JSON");
        assertFault(write("c.jsonl", "{\"text\": \"a\", \"text\": \"b\"}\n")).hasMessageContaining("Duplicate");
        assertFault(write("d.jsonl", "{\"text\": \"a\"}\n[1]\n"))
                .hasMessageContaining("row 2: not a JSON object, found `[1]`");
    }

    @Test
    void names_the_row_of_bad_bytes() throws IOException {
        assertFault(write("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"b\u0000\"}\n"))
                .hasMessageContaining("row 2: holds a NUL byte");
        Path latin = folder.resolve("b.jsonl");
        Files.writeString(latin, "{\"text\": \"caf\u00e9\"}\n", StandardCharsets.ISO_8859_1);
        assertFault(latin)
                .hasMessageContaining("b.jsonl row 1: is not valid UTF-8")
                .hasMessageContaining("iconv");
        Path wide = folder.resolve("c.jsonl");
        Files.writeString(wide, "{\"text\": \"a\"}\n", Charset.forName("UTF-16"));
        assertFault(wide).hasMessageContaining("is UTF-16, wanted UTF-8");
    }

    @Test
    void refuses_a_line_over_the_limit() throws IOException {
        Path file = write("a.jsonl", "{\"text\": \"a\"}\n{\"text\": \"" + "b".repeat(100) + "\"}\n");
        assertThatThrownBy(() -> DataFile.readAll(file, ReadOptions.defaults().withMaxLineBytes(50)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("row 2: line is longer than 50 bytes");
        assertThat(DataFile.readAll(file, ReadOptions.defaults().withMaxLineBytes(200)))
                .hasSize(2);
    }

    @Test
    void explains_files_that_cannot_be_read() throws IOException {
        assertFault(folder.resolve("none.jsonl")).hasMessageContaining("no such file");
        assertFault(folder).hasMessageContaining("is a folder");
        assertFault(write("a.jsonl", "")).hasMessageContaining("is empty (0 bytes)");
        assertFault(write("b.jsonl", " \n\n")).hasNoCause();
        assertFault(write("a.txt", "x")).hasMessageContaining("cannot tell the form");
        assertFault(write("a.parquet", "not parquet")).hasMessageContaining("cannot be read as PARQUET");
    }

    @Test
    void a_truncated_parquet_file_is_named() throws IOException, SQLException {
        Path file = folder.resolve("a.parquet");
        try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
                Statement statement = connection.createStatement()) {
            statement.execute("COPY (SELECT i FROM range(1000) t(i)) TO '" + file + "' (FORMAT parquet)");
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertFault(file).hasMessageContaining("a.parquet");
    }

    @Test
    void converts_numbered_labels_to_named_ones() throws IOException {
        Path source = write("a.jsonl", "{\"text\": \"a\", \"label\": 0}\n{\"text\": \"b\", \"label\": 1}\n");
        Path target = folder.resolve("b.jsonl");
        assertThat(JsonLines.convert(source, target, List.of("negative", "positive"), 0))
                .isEqualTo(2);
        assertThat(read(target))
                .extracting(Row::values)
                .containsExactlyInAnyOrder(
                        Map.of("text", "a", "label", "negative"), Map.of("text", "b", "label", "positive"));
        Path bad = write("c.jsonl", "{\"text\": \"a\", \"label\": 2}\n");
        assertThatThrownBy(() -> JsonLines.convert(bad, target, List.of("negative", "positive"), 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("c.jsonl row 1: label is 2");
    }
}
