package dev.trefoil.data.published;

import dev.trefoil.data.BadRow;
import dev.trefoil.data.BadRows;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.DiskSort;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.data.RowReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The {@code Posts.xml} of a dump. Its rows are questions and answers in the order of their numbers, so an answer may stand far
 * from its question and even before it: they are brought together on the disk, and one question is in memory at a time.
 */
final class PostRows {

    private static final String QUESTION = "1";
    private static final String ANSWER = "2";
    private static final String ROW = "row";

    /** A question stands before its answers, whose ids are not negative. */
    private static final long FIRST = -1;

    private static final String KEY_FORM = "%019d";

    private final Path file;
    private final String site;
    private final BadRows bad;
    private final Consumer<Question> sink;
    private String key = "";
    private Map<String, Object> question;
    private final List<Question.Answer> answers = new ArrayList<>();
    private long others;

    private PostRows(Path file, String site, BadRows bad, Consumer<Question> sink) {
        this.file = file;
        this.site = site;
        this.bad = bad;
        this.sink = sink;
    }

    /**
     * Hands on the questions by their numbers.
     *
     * @param memory limit of the sort beside the Java heap
     * @return rows that are neither question nor answer
     */
    static long read(Path file, String site, Path scratch, String memory, BadRows bad, Consumer<Question> sink) {
        PostRows posts = new PostRows(file, site, bad, sink);
        try (DiskSort sort = DiskSort.open(scratch, memory)) {
            try (RowReader rows = DataFile.read(file, ReadOptions.defaults(), bad)) {
                rows.forEachRemaining(row -> posts.add(row, sort));
            }
            sort.sorted(posts::take);
            posts.end();
        }
        return posts.others;
    }

    private void add(Row row, DiskSort sort) {
        Object type = row.values().get("PostTypeId");
        if (!QUESTION.equals(type) && !ANSWER.equals(type)) {
            if (type == null) {
                bad.add(BadRow.of(row, "post without PostTypeId", ""));
            } else {
                others++;
            }
            return;
        }
        boolean asks = QUESTION.equals(type);
        Map<String, Object> kept = new HashMap<>();
        kept.put(ROW, row.number());
        Long id = id(row, "Id");
        Long of = asks ? id : id(row, "ParentId");
        Long score = number(row, "Score");
        if (id == null || of == null || score == null || text(row, "Body") == null) {
            return;
        }
        kept.put("id", id);
        kept.put("body", row.values().get("Body"));
        if (asks) {
            kept.put("title", row.values().getOrDefault("Title", ""));
            kept.put("accepted", row.values().get("AcceptedAnswerId"));
        } else {
            kept.put("score", score);
        }
        sort.add(String.format(KEY_FORM, of), asks ? FIRST : id, kept);
    }

    private String text(Row row, String name) {
        Object value = row.values().get(name);
        if (value == null) {
            bad.add(BadRow.of(row, "post without " + name, ""));
        }
        return (String) value;
    }

    /** Such numbers are compared and sorted as they are written, and those below 0 have another meaning here. */
    private Long id(Row row, String name) {
        Long id = number(row, name);
        if (id != null && id < 0) {
            bad.add(BadRow.of(row, "post whose " + name + " is below 0", ": " + id));
            return null;
        }
        return id;
    }

    private Long number(Row row, String name) {
        String text = text(row, name);
        try {
            return text == null ? null : Long.valueOf(text);
        } catch (NumberFormatException e) {
            bad.add(BadRow.of(row, "post whose " + name + " is no number", ": " + text));
            return null;
        }
    }

    private void take(String of, long number, Map<String, Object> post) {
        if (!of.equals(key)) {
            end();
            key = of;
        }
        Place place = new Place(file, ((Number) post.get(ROW)).longValue());
        if (number != FIRST) {
            answer(post, place);
        } else if (question == null) {
            question = post;
        } else {
            bad.add(place.bad("question whose Id was there before", ": " + post.get("id")));
        }
    }

    private void answer(Map<String, Object> post, Place place) {
        if (question == null) {
            bad.add(place.bad("answer whose question is not in the file", ": " + Long.parseLong(key)));
            return;
        }
        String id = String.valueOf(post.get("id"));
        boolean accepted = id.equals(question.get("accepted"));
        long score = AnswerScore.of(((Number) post.get("score")).longValue(), accepted);
        answers.add(new Question.Answer(Long.parseLong(id), (String) post.get("body"), score, accepted, place));
    }

    private void end() {
        if (question != null) {
            Place place = new Place(file, ((Number) question.get(ROW)).longValue());
            sink.accept(new Question(
                    site,
                    ((Number) question.get("id")).longValue(),
                    (String) question.get("title"),
                    (String) question.get("body"),
                    answers,
                    place));
        }
        question = null;
        answers.clear();
    }
}
