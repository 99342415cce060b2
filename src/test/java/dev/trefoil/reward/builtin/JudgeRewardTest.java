package dev.trefoil.reward.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.builtin.ScoreService.Reply;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class JudgeRewardTest {

    @Test
    void the_sample_is_put_into_the_prompt_in_one_go_and_the_first_number_is_the_score() throws Exception {
        AtomicReference<JsonNode> seen = new AtomicReference<>();
        try (ScoreService service = new ScoreService((n, request) -> {
                    seen.set(request);
                    return says("I give it 7.5/10");
                });
                RewardModel model = judge(service, Map.of("request", Map.of("seed", 3)))) {
            RewardSample sample = new RewardSample("the {response}", " a {prompt} \\1 $0", Map.of("topic", "films"));
            assertThat(model.score(List.of(sample)).get(0).score()).isEqualTo(7.5);
            JsonNode request = seen.get();
            assertThat(request.get("messages").get(0).get("role").asText()).isEqualTo("user");
            assertThat(request.get("messages").get(0).get("content").asText())
                    .isEqualTo("films: the {response}| a {prompt} \\1 $0|{other}");
            assertThat(request.get("model").asText()).isEqualTo("m");
            assertThat(request.get("seed").asInt()).isEqualTo(3);
            assertThat(request.get("temperature").asDouble()).isZero();
        }
    }

    @Test
    void an_unclear_mark_is_a_fault_of_its_sample_alone() {
        try (ScoreService service = new ScoreService((n, request) -> {
                    String asked = request.get("messages").get(0).get("content").asText();
                    return asked.contains("|none|")
                            ? says("a lovely text")
                            : asked.contains("|far|") ? says("1000") : says("9");
                });
                RewardModel model = judge(service, Map.of())) {
            List<RewardAnswer> answers = RewardModel.judged(
                    model,
                    List.of(RewardSample.of("", "good"), RewardSample.of("", "none"), RewardSample.of("", "far")));
            assertThat(answers.get(0).score().score()).isEqualTo(9);
            assertThat(answers.get(1).fault()).hasMessageContainingAll("sample 1", "'a lovely text'", "no number");
            assertThat(answers.get(2).fault()).hasMessageContainingAll("sample 2", "given 1000", "1.0 to 10.0");
        }
    }

    @Test
    void an_answer_of_another_kind_of_service_is_named() {
        try (ScoreService service = new ScoreService((n, request) -> Reply.of(200, "{\"scores\": [1]}"));
                RewardModel model = judge(service, Map.of())) {
            assertThatThrownBy(() -> model.score(List.of(RewardSample.of("", "x"))))
                    .hasMessageContainingAll("choices[0].message.content", "chat-completions");
        }
    }

    @Test
    void a_prompt_without_a_place_for_the_response_is_refused() {
        Map<String, Object> values =
                Map.of("kind", "judge", "url", "http://127.0.0.1:1/", "model", "m", "prompt", "Rate {prompt}");
        assertThatThrownBy(() -> RewardModels.in(Path.of("none")).open("j", "j.yaml", values, Path.of("")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("j.yaml: prompt: lacks {response}");
    }

    private static Reply says(String text) {
        String quoted = JsonNodeFactory.instance.textNode(text).toString();
        return Reply.of(200, "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": " + quoted + "}}]}");
    }

    private static RewardModel judge(ScoreService service, Map<String, Object> more) {
        Map<String, Object> values = new LinkedHashMap<>(more);
        values.put("url", service.url());
        values.put("model", "m");
        values.put("prompt", "{topic}: {prompt}|{response}|{other}");
        return JudgeReward.create("judge", values, Path.of(""), name -> null);
    }
}
