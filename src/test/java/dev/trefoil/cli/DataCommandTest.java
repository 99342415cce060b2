package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.TinyBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {

    @TempDir
    Path folder;

    private CommandLineRun data(Object... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "data";
        for (int i = 0; i < arguments.length; i++) {
            all[i + 1] = arguments[i].toString();
        }
        return CommandLineRun.of(all);
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    @Test
    void inspect_and_stats_tell_columns_lengths_and_the_rule_of_length() throws IOException {
        Path pairs = file("p.jsonl", """
                {"prompt": "q", "chosen": "long one", "rejected": "short", "margin": 1}
                {"prompt": "q", "chosen": "same", "rejected": "size", "margin": 2.5}
                {"prompt": "q", "chosen": "same", "rejected": "size", "margin": 2.5}
                """);
        CommandLineRun stats = data("stats", pairs, "--json", "--rejects", folder.resolve("r.jsonl"));
        assertThat(stats.code()).as(stats.err()).isZero();
        assertThat(stats.out())
                .contains("\"rows\":3", "\"repeated\":1", "\"longer_chosen\":0.6666666666666666", "\"prompts\":1")
                .contains("\"chosen\":{\"type\":\"text\",\"characters\":{\"p10\":4,\"p50\":4,\"p90\":8,\"max\":8}")
                .contains("\"numbers\":{\"least\":1.0,\"mean\":2.0,\"most\":2.5}");
        Path model = TinyBase.publish(folder.resolve("hf"));
        CommandLineRun look = data("inspect", pairs, "--rows", "1", "--limit", "2", "--base", model);
        assertThat(look.code()).as(look.err()).isZero();
        assertThat(look.out())
                .contains("first 2 rows", "tokens", "row 1", "chosen: long one")
                .doesNotContain("row 2");
    }

    @Test
    void convert_lists_bad_rows_and_stops_at_them_when_strict() throws IOException {
        Path rows = file("a.jsonl", "{\"a\": 1}\nnonsense\n{\"a\": 2}\n");
        Path out = folder.resolve("a.parquet");
        CommandLineRun strict = data("convert", rows, "--out", out, "--strict");
        assertThat(strict.code()).isEqualTo(3);
        assertThat(strict.err()).contains("a.jsonl row 2: not a JSON object");
        assertThat(out).doesNotExist();
        CommandLineRun done = data("convert", rows, "--out", out);
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.out()).contains("2 rows in", "rows left out: 1", "a.jsonl:2");
        assertThat(Files.readString(folder.resolve("a.parquet.rejects.jsonl"))).contains("\"row\":2");
        CommandLineRun back = data("convert", out, "--out", folder.resolve("b.jsonl"));
        assertThat(back.code()).as(back.err()).isZero();
        assertThat(Files.readString(folder.resolve("b.jsonl"))).isEqualTo("{\"a\":1}\n{\"a\":2}\n");
    }

    @Test
    void split_keeps_groups_together_and_pairs_come_from_scores_or_labels() throws IOException {
        StringBuilder csv = new StringBuilder("question,text,votes\n");
        for (int round = 0; round < 3; round++) {
            for (int q = 0; q < 40; q++) {
                csv.append("q%d,\"a%d, said\",%d\n".formatted(q, round, round));
            }
        }
        Path answers = file("answers.csv", csv.toString());
        Path parts = folder.resolve("parts");
        CommandLineRun split = data(
                "split", answers, "--by", "question", "--shares", "train=0.5,test=0.5", "--out", parts, "--as", "csv");
        assertThat(split.code()).as(split.err()).isZero();
        List<String> train = Files.readAllLines(parts.resolve("train.csv"));
        List<String> test = Files.readAllLines(parts.resolve("test.csv"));
        assertThat(train.size() + test.size()).isEqualTo(122);
        assertThat(train.stream().skip(1).map(line -> line.split(",")[0]).distinct())
                .doesNotContainAnyElementsOf(
                        test.stream().skip(1).map(line -> line.split(",")[0]).toList());

        Path pairs = folder.resolve("pairs.jsonl");
        CommandLineRun scored = data(
                "pairs",
                answers,
                "--group",
                "question",
                "--score",
                "votes",
                "--prompt",
                "question",
                "--max-pairs",
                "2",
                "--out",
                pairs);
        assertThat(scored.code()).as(scored.err()).isZero();
        assertThat(scored.out()).contains("80 pairs in");
        assertThat(Files.readAllLines(pairs).get(0)).startsWith("{\"prompt\":\"q0\",\"chosen\":\"a");

        Path reviews =
                file("r.jsonl", "{\"text\": \"fine\", \"label\": \"yes\"}\n{\"text\": \"poor\", \"label\": \"no\"}\n");
        CommandLineRun labelled = data("pairs", reviews, "--positive", "yes", "--negative", "no", "--out", pairs);
        assertThat(labelled.code()).as(labelled.err()).isZero();
        assertThat(Files.readString(pairs)).isEqualTo("{\"prompt\":\"\",\"chosen\":\"fine\",\"rejected\":\"poor\"}\n");
        assertThat(data("pairs", reviews, "--out", pairs).code()).isEqualTo(2);
    }

    @Test
    void a_published_set_becomes_a_folder_of_stage_files() throws IOException {
        Path rows = file("q.jsonl", """
                {"site": "s", "question_id": 1, "body_html": "B", "answers": [{"answer_id": 2, "body_html": "a", "score": 3}, {"answer_id": 3, "body_html": "b", "score": 0}]}
                """);
        Path out = folder.resolve("out");
        CommandLineRun made =
                data("stackexchange", rows, "--test-share", "0", "--out", out, "--as", "parquet", "--json");
        assertThat(made.code()).as(made.err()).isZero();
        assertThat(made.out()).contains("\"reward.parquet\":1", "\"sft.parquet\":1");
        assertThat(out.resolve("data.json")).exists();
        assertThat(data("stackexchange", rows, "--shares", "sft=2", "--out", out)
                        .code())
                .isEqualTo(2);
        assertThat(data("hh", folder.resolve("none.jsonl"), "--out", out).code())
                .isEqualTo(3);
    }
}
