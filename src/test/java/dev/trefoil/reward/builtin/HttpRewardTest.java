package dev.trefoil.reward.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import dev.trefoil.reward.builtin.ScoreService.Reply;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HttpRewardTest {

    private static final String TOKEN = "s3cret-t0ken";

    @Test
    void requests_are_cut_asked_in_parallel_and_put_together_in_order() throws Exception {
        try (ScoreService service = new ScoreService((number, request) -> ScoreService.letters(request));
                RewardModel model = http(service, Map.of("batch", 3, "parallel", 4))) {
            List<RewardSample> batch = IntStream.range(0, 20)
                    .mapToObj(i -> RewardSample.of("p", "x".repeat(i)))
                    .toList();
            assertThat(model.score(batch).stream().map(RewardScore::score))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 20).mapToObj(i -> (double) i).toList());
            assertThat(service.requests()).isEqualTo(7);
        }
    }

    @Test
    void faults_have_their_names() {
        assertFault((n, r) -> Reply.of(200, "<html>"), "not a JSON object: '<html>'");
        assertFault((n, r) -> Reply.of(200, "{\"scores\": []}"), "0 scores for 1 samples");
        assertFault((n, r) -> Reply.of(200, "{\"id\": 7, \"scores\": [1]}"), "request id 7 when 1 was asked");
        assertFault((n, r) -> Reply.of(200, "{\"scores\": [NaN]}"), "sample 0", "NaN", "finite number");
        assertFault((n, r) -> Reply.of(200, "{\"scores\": [1e999]}"), "sample 0", "finite number");
        assertFault((n, r) -> Reply.of(503, "busy\u001b[31m"), "status 503: busy\\u001b[31m");
        assertFault((n, r) -> Reply.of(200, "x".repeat(5000)), "more than max_response_bytes = 1000 bytes");
        assertFault((n, r) -> Reply.of(404, ""), "answered with status 404");
        assertFault((n, r) -> Reply.of(302, ""), "status 302");
    }

    @Test
    void a_service_that_stalls_is_left_after_the_time_out() {
        long start = System.nanoTime();
        assertFault(
                (n, r) -> {
                    Thread.sleep(20_000);
                    return Reply.of(200, "");
                },
                "did not answer within 0.4 s",
                "timeout_seconds");
        assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
    }

    @Test
    void a_service_that_is_not_there_is_named() throws Exception {
        ScoreService service = new ScoreService((n, r) -> ScoreService.letters(r));
        try (RewardModel model = http(service, Map.of())) {
            service.close();
            assertThatThrownBy(() -> model.score(one()))
                    .isInstanceOf(RewardException.class)
                    .hasMessageContainingAll(service.url(), "is the service running?");
        }
    }

    @Test
    void the_token_goes_into_the_header_and_into_no_message() throws Exception {
        try (ScoreService service = new ScoreService((n, r) -> Reply.of(401, "wrong token " + TOKEN));
                RewardModel model = http(service, Map.of("token_env", "MY_TOKEN"))) {
            assertThatThrownBy(() -> model.score(one()))
                    .hasMessageContaining("status 401: wrong token ***")
                    .hasMessageNotContaining(TOKEN);
            assertThat(service.headers().get(0).get("Authorization")).containsExactly("Bearer " + TOKEN);
        }
        try (ScoreService service = new ScoreService((n, r) -> ScoreService.letters(r));
                RewardModel model = http(service, Map.of("token_env", "MY_TOKEN", "token_header", "X-Key"))) {
            model.score(one());
            assertThat(service.headers().get(0).get("X-key")).containsExactly(TOKEN);
            assertThat(service.headers().get(0)).doesNotContainKey("Authorization");
        }
        assertThatThrownBy(() -> open(Map.of("kind", "http", "url", "http://h/", "token_env", "ABSENT")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("the environment variable ABSENT is not set");
        assertThatThrownBy(() -> open(Map.of("kind", "http", "url", "http://u:" + TOKEN + "@h/")))
                .hasMessageContaining("url: was 'http://***@h/'")
                .hasMessageNotContaining(TOKEN);
    }

    @Test
    void redirects_stay_on_the_host_and_end() throws Exception {
        try (ScoreService service =
                        new ScoreService((n, r) -> n == 1 ? redirect("/elsewhere") : ScoreService.letters(r));
                RewardModel model = http(service, Map.of())) {
            assertThat(model.score(one()).get(0).score()).isEqualTo(4);
        }
        assertFault((n, r) -> redirect("/again"), "more than redirects = 2 times");
        assertFault((n, r) -> redirect("http://localhost:1/"), "another host, which is not followed");
    }

    @Test
    void what_is_worth_asking_again_is_asked_again_and_the_rest_is_not() throws Exception {
        Map<String, Object> retry = Map.of("retries", 2, "retry_wait_seconds", 0.01, "batch", 2);
        try (ScoreService service = new ScoreService((n, r) -> n == 2 ? Reply.of(500, "") : ScoreService.letters(r));
                RewardModel model = guarded(service, retry)) {
            assertThat(model.score(List.of(text("a"), text("aa"), text("aaa"), text("aaaa"), text("aaaaa"))).stream()
                            .map(RewardScore::score))
                    .containsExactly(1.0, 2.0, 3.0, 4.0, 5.0);
            assertThat(service.requests()).isEqualTo(4);
            assertThat(model.counts()).containsEntry("failures", 2L).containsEntry("retries", 2L);
        }
        try (ScoreService service = new ScoreService((n, r) -> Reply.of(401, ""));
                RewardModel model = guarded(service, retry)) {
            assertThatThrownBy(() -> model.score(one())).hasMessageContaining("status 401");
            assertThat(service.requests()).isEqualTo(1);
        }
    }

    @Test
    void dropping_keeps_the_samples_that_have_a_score() throws Exception {
        Map<String, Object> drop = Map.of("on_failure", "drop", "batch", 4);
        try (ScoreService service = new ScoreService((n, r) -> Reply.of(200, "{\"scores\": [1, NaN, \"x\", 4]}"));
                RewardModel model = guarded(service, drop)) {
            List<RewardAnswer> answers = RewardModel.judged(model, List.of(text("a"), text("b"), text("c"), text("d")));
            assertThat(answers).extracting(RewardAnswer::dropped).containsExactly(false, true, true, false);
            assertThat(answers.get(2).fault()).hasMessageContaining("sample 2 of the batch has the score \"x\"");
            assertThat(answers.get(3).score().score()).isEqualTo(4);
        }
    }

    private static Reply redirect(String to) {
        return new Reply(307, "", Map.of("Location", to));
    }

    private static void assertFault(ScoreService.Behaviour behaviour, String... words) {
        Map<String, Object> values = Map.of("max_response_bytes", 1000, "timeout_seconds", 0.4);
        try (ScoreService service = new ScoreService(behaviour);
                RewardModel model = http(service, values)) {
            assertThatThrownBy(() -> model.score(one()))
                    .isInstanceOf(RewardException.class)
                    .hasMessageContaining("remote")
                    .hasMessageContainingAll(words);
        }
    }

    private static RewardModel http(ScoreService service, Map<String, Object> more) {
        Map<String, Object> values = new LinkedHashMap<>(more);
        values.put("url", service.url());
        return HttpReward.create("remote", values, Map.of("MY_TOKEN", TOKEN)::get);
    }

    private static RewardModel guarded(ScoreService service, Map<String, Object> more) {
        Map<String, Object> values = new LinkedHashMap<>(more);
        values.put("kind", "http");
        values.put("url", service.url());
        return open(values);
    }

    private static RewardModel open(Map<String, Object> values) {
        return RewardModels.in(Path.of("reward-models")).open("remote", "here.yaml", values, Path.of(""));
    }

    private static RewardSample text(String response) {
        return RewardSample.of("p", response);
    }

    private static List<RewardSample> one() {
        return List.of(text("four"));
    }
}
