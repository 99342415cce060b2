package dev.trefoil.reward.builtin;

import dev.trefoil.RawAnswers;
import dev.trefoil.Survival;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What programs and services answer, under random damage: lines of the process protocol, and whole HTTP answers byte by byte. */
class DamagedAnswersTest {

    private static final String LINE =
            "{\"id\": 7, \"scores\": [0.5, {\"score\": -1e3, \"tokens\": [1, 2.5], \"parts\": {\"a\": 1, \"b\": -0.5}}]}";

    private static final List<RewardSample> TWO = List.of(RewardSample.of("p", "r"), RewardSample.of("p", "s"));

    @Test
    void lines_of_the_process_protocol() {
        JsonLines lines = new JsonLines("damaged");
        Survival.ofText("process protocol line", LINE, 1, line -> {
            for (var answer : lines.answer(7, 2, line, true)) {
                if (answer.isMissing()) {
                    throw answer.fault();
                }
            }
        });
    }

    @Test
    void answers_of_a_scoring_service() throws IOException {
        String body = LINE.replace("\"id\": 7, ", "");
        try (RawAnswers server = new RawAnswers();
                RewardModel model =
                        HttpReward.create("damaged", Map.of("url", server.url() + "/score"), name -> null)) {
            Survival.ofText("HTTP answer", RawAnswers.json(body), 1, text -> {
                server.answer(text.getBytes(StandardCharsets.UTF_8));
                model.score(TWO);
            });
        }
    }

    @Test
    void answers_of_a_judge() throws IOException {
        String body = "{\"id\": \"c\", \"choices\": [{\"index\": 0, \"message\": {\"role\": \"assistant\", \"content\":"
                + " \"Score: 7.5\"}}], \"usage\": {\"total_tokens\": 9}}";
        try (RawAnswers server = new RawAnswers();
                RewardModel model = JudgeReward.create(
                        "damaged",
                        Map.of("url", server.url(), "model", "m", "prompt", "Rate {response}", "parallel", 1),
                        Path.of(""),
                        name -> null)) {
            Survival.ofText("chat completion", RawAnswers.json(body), 1, text -> {
                server.answer(text.getBytes(StandardCharsets.UTF_8));
                model.score(TWO.subList(0, 1));
            });
        }
    }
}
