package dev.trefoil.data.published;

import dev.trefoil.data.BadRow;
import dev.trefoil.data.BadRows;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.data.RowReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Questions with their answers inside, one a row: {@code question_id, title, body_html, answers: [{answer_id, body_html, score,
 * accepted}]}, or the columns of the published stack-exchange-preferences: {@code qid, question, answers: [{answer_id, text, pm_score,
 * selected}]}, whose pm_score is the score already.
 */
final class QuestionRows {

    private static final List<String> ID = List.of("question_id", "qid", "id");
    private static final List<String> BODY = List.of("body_html", "question", "body");
    private static final List<String> ANSWER_BODY = List.of("body_html", "text", "body");
    private static final List<String> ACCEPTED = List.of("accepted", "selected");

    private final String site;
    private final BadRows bad;

    private QuestionRows(String site, BadRows bad) {
        this.site = site;
        this.bad = bad;
    }

    /**
     * Hands on the questions in the order of the file.
     *
     * @param site of rows that name none
     */
    static void read(Path file, String site, BadRows bad, Consumer<Question> sink) {
        QuestionRows questions = new QuestionRows(site, bad);
        try (RowReader rows = DataFile.read(file, ReadOptions.defaults(), bad)) {
            while (rows.hasNext()) {
                Question question = questions.of(rows.next());
                if (question != null) {
                    sink.accept(question);
                }
            }
        }
    }

    private Question of(Row row) {
        Map<?, ?> values = row.values();
        Long id = number(first(values, ID));
        Object html = first(values, BODY);
        if (id == null || !(html instanceof String body)) {
            String wanted = id == null ? "number" : "text";
            bad.add(BadRow.of(
                    row,
                    "question without " + wanted,
                    "; wanted one of the columns " + (id == null ? ID : BODY) + ", found " + values.keySet()));
            return null;
        }
        if (!(values.get("answers") instanceof Iterable<?> list)) {
            bad.add(BadRow.of(row, "question without a list of answers", "; found " + values.keySet()));
            return null;
        }
        List<Question.Answer> answers = new ArrayList<>();
        for (Object element : list) {
            Question.Answer answer = answer(row, values, element);
            if (answer != null) {
                answers.add(answer);
            }
        }
        String title = values.get("title") instanceof String text ? text : "";
        String from = values.get("site") instanceof String text ? text : site;
        return new Question(from, id, title, body, answers, Place.of(row));
    }

    private Question.Answer answer(Row row, Map<?, ?> question, Object element) {
        if (!(element instanceof Map<?, ?> values)
                || number(values.get("answer_id")) == null
                || !(first(values, ANSWER_BODY) instanceof String body)) {
            bad.add(BadRow.of(row, "answer without answer_id or text", ""));
            return null;
        }
        long id = number(values.get("answer_id"));
        Object chosen = first(values, ACCEPTED);
        boolean accepted = chosen == null
                ? Long.valueOf(id).equals(number(question.get("accepted_answer_id")))
                : Boolean.parseBoolean(chosen.toString());
        Long ready = number(values.get("pm_score"));
        Long votes = number(values.get("score"));
        if (ready == null && votes == null) {
            bad.add(BadRow.of(row, "answer without a score", ": answer " + id));
            return null;
        }
        long score = ready != null ? ready : AnswerScore.of(votes, accepted);
        return new Question.Answer(id, body, score, accepted, Place.of(row));
    }

    private static Object first(Map<?, ?> values, List<String> names) {
        return names.stream()
                .map(values::get)
                .filter(value -> value != null)
                .findFirst()
                .orElse(null);
    }

    private static Long number(Object value) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        try {
            return value == null ? null : Long.valueOf(value.toString().strip());
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }
}
