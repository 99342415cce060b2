package dev.trefoil.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalTextTest {

    @Test
    void plain_lines_keep_their_columns() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        AtomicLong clock = new AtomicLong();
        try (ConsoleSink sink = ConsoleSink.lines(
                "sft", 100, List.of("loss", "eval_loss", "learning_rate"), new PrintStream(bytes, true), clock::get)) {
            clock.set(2_000_000_000L);
            sink.step(9, Map.of("loss", 3.85123, "learning_rate", 2.9e-4));
            clock.set(4_000_000_000L);
            sink.step(10, Map.of("loss", 3.5, "eval_loss", 12.3456, "learning_rate", 1e-3));
            sink.print("a table\n");
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "sft   9/100  loss 3.851    eval loss -        lr 2.9e-04  ETA 3m02s",
                        "sft  10/100  loss 3.500    eval loss 12.35    lr 0.001    ETA 3m00s",
                        "a table");
    }

    @Test
    void a_bar_steps_aside_for_other_text() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ProgressLine bar = ProgressLine.start("ppo", 3, 10, new PrintStream(bytes, true));
        bar.step(5, "reward 0.5");
        bar.print("samples");
        bar.close();
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertThat(text).contains("\r\u001b[Ksamples\n").contains("5/10").endsWith("\n");
    }

    @Test
    void hostile_text_is_shown_and_not_obeyed() {
        assertThat(PrintableText.of("a\u001b[2Jb\r\n\t\u202ec\u200bd\u0000"))
                .isEqualTo("a\\u001b[2Jb\\r\\n\\t\\u202ec\\u200bd\\u0000");
        assertThat(PrintableText.of("\ud83dé文🙂")).isEqualTo("\\ud83dé文🙂");
        assertThat(PrintableText.cut("文文文", 5)).isEqualTo("文文…");
        assertThat(PrintableText.cut("abc", 3)).isEqualTo("abc");
    }

    @Test
    void a_samples_table_fits_the_width() {
        List<SamplesTable.Row> rows = List.of(
                new SamplesTable.Row(
                        "This film",
                        " was dull and\nlong, far too long for its thin plot.",
                        " was a wonderful surprise with a strong cast. \u001b[31m",
                        -0.62,
                        0.91),
                new SamplesTable.Row(
                        "文文文文文文文文文文", "", "averyveryveryveryverylongwordthathasnospaceatallinsideit", Double.NaN, 0.1));
        String table = SamplesTable.render("step 20", rows, 80);
        assertThat(table.lines())
                .allSatisfy(line -> assertThat(PrintableText.columns(line)).isLessThanOrEqualTo(80));
        assertThat(table)
                .contains("-0.62 > 0.91")
                .contains("- > 0.10")
                .contains("\\u001b")
                .doesNotContain("\u001b");
        List<String> words = new ArrayList<>(TextTable.wrap("one two three", 7));
        assertThat(words).containsExactly("one two", "three");
        assertThat(TextTable.wrap("文", 1)).containsExactly("文", "");
    }

    @Test
    void a_summary_aligns_its_values() {
        String text =
                new Summary("Done").add("reward", 0.7714).add("KL", "6.1\n").toText();
        assertThat(text).isEqualTo("Done\n  reward  0.771\n  KL      6.1\\n\n");
    }

    @Test
    void numbers_are_rounded_for_people() {
        assertThat(List.of(0.0, 3.85123, 940.04, 12345.6, 2.9e-4, 5e7, 1.0, Double.NaN).stream()
                        .map(Rounded::of))
                .containsExactly("0", "3.851", "940.0", "12346", "2.9e-04", "5.0e+07", "1", "nan");
        assertThat(Rounded.duration(7)).isEqualTo("7s");
        assertThat(Rounded.duration(185)).isEqualTo("3m05s");
        assertThat(Rounded.duration(7800)).isEqualTo("2h10m");
    }
}
