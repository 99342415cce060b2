package dev.trefoil.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class XmlRowsTest {

    @TempDir
    Path folder;

    private final List<BadRow> bad = new ArrayList<>();

    private List<Row> read(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("Posts.xml"), content);
        return rows(file, bad::add);
    }

    private static List<Row> rows(Path file, BadRows bad) {
        List<Row> rows = new ArrayList<>();
        try (RowReader reader = DataFile.read(file, ReadOptions.defaults(), bad)) {
            reader.forEachRemaining(rows::add);
        }
        return rows;
    }

    @Test
    void attributes_become_columns_with_their_entities_resolved() throws IOException {
        List<Row> rows = read("""
                \uFEFF<?xml version="1.0" encoding="utf-8"?>
                <posts>
                  <row Id="1" Body="&lt;p&gt;a &amp;amp; b&#xA;c é > d&lt;/p&gt;" />
                  <!-- <row Id="2" /> and
                       more -->
                  <rows Id="3" /><row Id='4'></row><row
                     Id="5" Title="t"/>
                </posts>
                """);
        assertThat(rows).extracting(row -> row.values().get("Id")).containsExactly("1", "4", "5");
        assertThat(rows).extracting(Row::number).containsExactly(3L, 6L, 6L);
        assertThat(rows.get(0).values().get("Body")).isEqualTo("<p>a &amp; b\nc é > d</p>");
        assertThat(bad).isEmpty();
    }

    @Test
    void a_damaged_row_is_one_bad_row_and_the_next_is_read() throws IOException {
        List<Row> rows = read("""
                <posts>
                <row Id="1" />
                <row Id="2 />
                <row Id="3" Body="&#x0;" />
                <row Id="4" Body="&mine;" />
                <row />
                <row Id="5" Id="5" />
                <row Id="6" />
                <row Id="7" Body="cut off
                """);
        assertThat(rows).extracting(row -> row.values().get("Id")).containsExactly("1", "6");
        assertThat(bad).extracting(BadRow::row).containsExactly(3L, 4L, 5L, 6L, 7L, 9L);
        assertThat(bad.get(0).reason()).isEqualTo("not valid XML");
        assertThat(bad.get(3).reason()).isEqualTo("row without attributes");
        assertThatThrownBy(() -> rows(folder.resolve("Posts.xml"), BadRows.STOP))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("Posts.xml row 3: not valid XML");
    }

    @Test
    void bytes_that_are_no_utf8_and_rows_without_end_are_bad_rows() throws IOException {
        Path file = folder.resolve("latin.xml");
        Files.write(
                file,
                "<posts>\n<row Id=\"1\" Title=\"\u00E9\" />\n<row Id=\"2\" />".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(rows(file, bad::add)).hasSize(1);
        assertThat(bad).extracting(BadRow::reason).containsExactly("is not valid UTF-8");

        Path large = Files.writeString(
                folder.resolve("large.xml"), "<posts><row Id=\"1\" Body=\"" + "x".repeat(500) + "\"/><row Id=\"2\"/>");
        List<BadRow> tooLong = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        try (RowReader reader = DataFile.read(large, ReadOptions.defaults().withMaxLineBytes(100), tooLong::add)) {
            reader.forEachRemaining(rows::add);
        }
        assertThat(rows).hasSize(1);
        assertThat(tooLong).extracting(BadRow::reason).containsExactly("row is longer than 100 bytes");
    }

    @Test
    void declarations_that_could_define_entities_are_refused() {
        assertThatThrownBy(() -> read("<!DOCTYPE posts [<!ENTITY a \"aaaa\">]><posts><row Id=\"&a;\"/></posts>"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 1: holds a document type declaration");
        assertThatThrownBy(() -> read("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><posts/>"))
                .hasMessageContaining("ISO-8859-1, wanted UTF-8");
        assertThatThrownBy(() -> read("PK\u0003\u0004")).hasMessageContaining("does not begin as XML");
    }

    @Test
    void compressed_files_are_read_as_they_are() throws IOException {
        Path file = folder.resolve("a.xml.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("<posts><row Id=\"1\"/></posts>".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(rows(file, BadRows.STOP)).hasSize(1);
    }
}
