package dev.trefoil.data.published;

import java.util.List;

/**
 * A question of Stack Exchange with its answers.
 *
 * @param site such as {@code coffee.stackexchange.com}
 * @param title may be empty
 * @param html its text
 * @param file and row: where it stands, for messages
 */
record Question(String site, long id, String title, String html, List<Answer> answers, Place place) {

    Question {
        answers = List.copyOf(answers);
    }

    /** Identifies it among all sites. */
    String key() {
        return site + "/" + id;
    }

    String url() {
        return "https://" + site + "/q/" + id;
    }

    String url(Answer answer) {
        return "https://" + site + "/a/" + answer.id();
    }

    /**
     * An answer.
     *
     * @param score of {@link AnswerScore}
     * @param accepted whether the one who asked chose it
     */
    record Answer(long id, String html, long score, boolean accepted, Place place) {}
}
