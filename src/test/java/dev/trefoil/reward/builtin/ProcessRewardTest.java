package dev.trefoil.reward.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessRewardTest {

    private static final String LOOP = """
            import json, os, sys, time
            for line in sys.stdin:
                r = json.loads(line)
                n = len(r["samples"])
                i = r["id"]
            """;

    @TempDir
    Path folder;

    @BeforeAll
    static void python_is_there() {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "python3")));
        assumeTrue(found, "python3 is not on the PATH");
    }

    @Test
    void answers_come_in_order_over_several_requests() throws Exception {
        try (RewardModel model = model(
                "    print(json.dumps({'id': i, 'scores': [len(s['response']) for s in r['samples']]}), flush=True)",
                Map.of("batch", 2))) {
            List<RewardSample> batch = IntStream.range(0, 5)
                    .mapToObj(n -> RewardSample.of("p", "é".repeat(n)))
                    .toList();
            assertThat(scores(model, batch)).containsExactly(0.0, 1.0, 2.0, 3.0, 4.0);
            assertThat(scores(model, batch)).containsExactly(0.0, 1.0, 2.0, 3.0, 4.0);
            assertThat(model.score(List.of())).isEmpty();
        }
    }

    @Test
    void token_scores_parts_and_metadata_travel() throws Exception {
        RewardSample sample = new RewardSample("p", "a\nb\u2028", Map.of("response_tokens", List.of("a", "b")));
        try (RewardModel model = model(
                "    m = r['samples'][0]['metadata']['response_tokens']\n"
                        + "    print(json.dumps({'id': i, 'scores': [{'score': 1.5, 'tokens': [0.5, 1], 'parts': {'n': len(m)}}]}), flush=True)",
                Map.of())) {
            RewardScore score = RewardModel.checked(model, List.of(sample)).get(0);
            assertThat(score).isEqualTo(new RewardScore(1.5, new double[] {0.5, 1}, Map.of("n", 2.0)));
        }
    }

    @Test
    void the_environment_is_bare_but_for_what_is_configured() throws Exception {
        try (RewardModel model = model(
                "    extra = set(os.environ) - {'PATH', 'HOME', 'LANG', 'ADDED', 'LC_CTYPE', 'PWD', 'OLDPWD', 'SHLVL', '_'}\n"
                        + "    extra = {k for k in extra if 'PYENV' not in k}\n"
                        + "    print('left: %s' % sorted(extra), file=sys.stderr)\n"
                        + "    print(json.dumps({'id': i, 'scores': [float(os.environ['ADDED']) - len(extra)]}), flush=True)",
                Map.of("environment", Map.of("ADDED", 7)))) {
            assertThat(scores(model, one())).containsExactly(7.0);
        }
    }

    @Test
    void a_process_that_dies_is_started_again_and_the_batch_repeated() throws Exception {
        try (RewardModel model = model(
                "    if not os.path.exists('died'):\n"
                        + "        open('died', 'w').close(); os.kill(os.getpid(), 9)\n"
                        + "    print(json.dumps({'id': i, 'scores': [3]}), flush=True)",
                Map.of())) {
            assertThat(scores(model, one())).containsExactly(3.0);
        }
    }

    @Test
    void restarts_are_limited_and_the_end_of_stderr_is_shown() throws Exception {
        try (RewardModel model = model(
                "    print('line\\x1b[31m', file=sys.stderr); open('starts', 'a').write('x'); sys.exit(7)",
                Map.of("restarts", 2))) {
            assertFails(model, "died 3 times", "exit status 7", "line\\u001b[31m");
            assertThat(folder.resolve("starts")).hasContent("xxx");
        }
    }

    @Test
    void a_late_answer_stops_the_process_and_the_next_batch_starts_a_fresh_one() throws Exception {
        try (RewardModel model = model(
                "    if not os.path.exists('slept'):\n"
                        + "        open('slept', 'w').close(); print('busy', file=sys.stderr, flush=True); time.sleep(60)\n"
                        + "    print(json.dumps({'id': i, 'scores': [1]}), flush=True)",
                Map.of("start_timeout_seconds", 2, "timeout_seconds", 2))) {
            assertFails(model, "did not answer within 2.0 s", "timeout_seconds", "busy");
            assertThat(scores(model, one())).containsExactly(1.0);
        }
    }

    @Test
    void unreadable_answers_have_their_names() throws Exception {
        assertAnswer("'Loading model...'", "not a JSON object: 'Loading model...'", "stderr");
        assertAnswer("'[1]'", "not a JSON object");
        assertAnswer("'{\"id\": 99, \"scores\": [1]}'", "request id 99 when 1 was asked");
        assertAnswer("json.dumps({'id': i, 'scores': []})", "0 scores for 1 samples");
        assertAnswer("json.dumps({'id': i})", "no list 'scores' for 1 samples");
        assertAnswer("json.dumps({'id': i, 'scores': [float('nan')]})", "sample 0", "NaN", "finite number");
        assertAnswer("json.dumps({'id': i, 'scores': [None]})", "sample 0", "null");
        assertAnswer("json.dumps({'id': i, 'scores': [{'parts': {}}]})", "sample 0", "nothing as its score");
        assertAnswer("json.dumps({'id': i, 'error': 'no such language', 'sample': 0})", "sample 0", "no such language");
        assertAnswer("'x' * 100000", "more than max_line_bytes = 1000 bytes");
    }

    @Test
    void a_command_that_is_not_there_is_named() {
        ProcessOptions options = ProcessOptions.of(Map.of("command", List.of("no-such-program-here")));
        assertFails(new ProcessReward("absent", options, folder), "absent", "no-such-program-here", "reward.yaml");
    }

    @Test
    void no_shell_reads_the_arguments() throws Exception {
        Files.writeString(
                folder.resolve("args.py"),
                LOOP + "    print(json.dumps({'id': i, 'scores': [len(sys.argv[1])]}), flush=True)\n");
        ProcessOptions options =
                ProcessOptions.of(Map.of("command", List.of("python3", "args.py", "$(touch hacked); `id`")));
        try (RewardModel model = new ProcessReward("args", options, folder)) {
            assertThat(scores(model, one())).containsExactly(21.0);
        }
        assertThat(folder.resolve("hacked")).doesNotExist();
    }

    private void assertAnswer(String expression, String... words) throws Exception {
        try (RewardModel model = model("    print(" + expression + ", flush=True)", Map.of("max_line_bytes", 1000))) {
            assertFails(model, words);
        }
    }

    private static void assertFails(RewardModel model, String... words) {
        assertThatThrownBy(() -> model.score(one()))
                .isInstanceOf(RewardException.class)
                .hasMessageContainingAll(words)
                .hasMessageContaining(model.name());
    }

    private RewardModel model(String body, Map<String, Object> extra) throws IOException {
        Files.writeString(folder.resolve("score.py"), LOOP + body + "\n");
        Map<String, Object> values = new LinkedHashMap<>(extra);
        values.put("command", List.of("python3", "score.py"));
        return new ProcessReward("scripted", ProcessOptions.of(values), folder);
    }

    private static List<RewardSample> one() {
        return List.of(RewardSample.of("prompt", "response"));
    }

    private static List<Double> scores(RewardModel model, List<RewardSample> batch) throws RewardException {
        return RewardModel.checked(model, batch).stream()
                .map(RewardScore::score)
                .toList();
    }
}
