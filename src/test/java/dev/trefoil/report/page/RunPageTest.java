package dev.trefoil.report.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.report.JsonlSink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunPageTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String HOSTILE = "<script>alert('x')</script> {{ 7*7 }} {% raw %} \" & \u202e\u0007";

    @TempDir
    Path folder;

    /** A run of two stages whose models write what browsers and templates obey. */
    private Path run(String name, double rate) throws IOException {
        Path run = folder.resolve(name);
        for (String stage : List.of("sft", "ppo")) {
            ArtifactWriter.write(run.resolve(stage), draft -> {
                try (JsonlSink log = JsonlSink.create(draft.record("metrics.jsonl"))) {
                    log.step(0, Map.of("eval_loss", 4.0, "objective/kl", 0.0));
                    for (int step = 1; step <= 50; step++) {
                        log.step(
                                step,
                                Map.of(
                                        "loss",
                                        4.0 / step,
                                        "learning_rate",
                                        rate,
                                        "objective/kl",
                                        step * 0.1,
                                        "grad_norm",
                                        step == 7 ? Double.NaN : 1.0,
                                        HOSTILE,
                                        (double) step));
                    }
                    log.step(51, Map.of("eval_loss", 3.5, "only_once", 1.0));
                }
                Files.writeString(
                        draft.folder().resolve("samples.jsonl"),
                        JSON.writeValueAsString(Map.of(
                                        "step",
                                        10,
                                        "prompt",
                                        HOSTILE,
                                        "before",
                                        "two\nlines",
                                        "after",
                                        "</div></html>",
                                        "reward_after",
                                        1.25))
                                + "\n{\"torn");
                Files.writeString(draft.record("config.yaml"), "optim:\n  learning_rate: " + rate + "\nseed: 1\n");
                return Manifest.of(stage, 1, Map.of("base", "ab".repeat(32)), Map.of(), List.of());
            });
        }
        return run;
    }

    static StageFacts facts() {
        return new StageFacts(
                "scripts/trefoil run 'a<b'",
                "0.1.0",
                "2 cores",
                "tiny",
                "small",
                75,
                false,
                new StageFacts.Memory(300 << 20, 100 << 20),
                new StageFacts.Memory(280 << 20, 90 << 20),
                "backward");
    }

    @Test
    void what_models_wrote_is_shown_and_not_obeyed() throws IOException {
        String html = RunPage.html(RunFiles.read(run("a", 0.1)));
        assertThat(html)
                .doesNotContain("<script", "</div></html>", "\u202e", "\u0007", "src=", "@import", "url(")
                .contains(
                        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; {{ 7*7 }} {% raw %} &quot; &amp; \\u202e\\u0007")
                .contains("&lt;/div&gt;&lt;/html&gt;", "two\nlines", "default-src 'none'");
        assertThat(html.split("</html>", -1)).hasSize(2);
    }

    @Test
    void what_the_doctor_said_is_shown() throws IOException {
        Path run = folder.resolve("warned");
        ArtifactWriter.write(run.resolve("ppo"), draft -> {
            Files.writeString(
                    draft.folder().resolve("doctor.jsonl"),
                    "{\"step\":7,\"rule\":\"negative_kl\",\"severity\":\"warn\",\"found\":\"kl is <-3>\",\"cause\":\"top_k\","
                            + "\"fix\":\"sample plainly\",\"source\":\"trl#925\"}\n{\"torn");
            return Manifest.of("ppo", 1, Map.of("base", "ab".repeat(32)), Map.of(), List.of());
        });
        assertThat(RunPage.html(RunFiles.read(run)))
                .contains("What the doctor said", "negative_kl", "step 7", "kl is &lt;-3&gt;", "sample plainly");
        assertThat(RunPage.html(RunFiles.read(run("a", 0.1)))).doesNotContain("What the doctor said");
    }

    @Test
    void templates_never_switch_escaping_off() throws IOException {
        for (String name : List.of("run", "compare", "head", "chart", "sample", "rows")) {
            try (InputStream in = RunPage.class.getResourceAsStream("/report/" + name + ".html")) {
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .doesNotContainPattern("\\|\\s*safe")
                        .doesNotContain("autoescape", "<script");
            }
        }
    }

    @Test
    void curves_with_two_points_are_drawn_and_none_is_empty() throws IOException {
        String html = RunPage.html(RunFiles.read(run("a", 0.1)));
        assertThat(html).contains("<h4>loss, nats</h4>", "<h4>objective/kl, nats</h4>", "2 more metrics");
        assertThat(html).doesNotContain("only_once</h4>", "NaN", "Infinity");
        assertThat(html.split("<figure>", -1))
                .allSatisfy(figure -> assertThat(figure)
                        .satisfiesAnyOf(
                                part -> assertThat(part).startsWith("<!DOCTYPE"),
                                part -> assertThat(part)
                                        .containsPattern("<path( class=\"faint\")? d=\"M[0-9.]+ [0-9.]+L")));
    }

    @Test
    void the_same_run_gives_the_same_bytes() throws IOException {
        Path run = run("a", 0.1);
        facts().write(run.resolve("sft"));
        Path first = RunPage.write(run, folder.resolve("one.html"));
        Path second = RunPage.write(run, folder.resolve("two.html"));
        assertThat(first).hasSameBinaryContentAs(second);
        RunPage.write(run, null);
        assertThat(run.resolve("report.html")).hasSameBinaryContentAs(first);
    }

    @Test
    void time_and_memory_stand_beside_the_plan() throws IOException {
        Path run = run("a", 0.1);
        facts().write(run.resolve("sft"));
        String html = RunPage.html(RunFiles.read(run));
        assertThat(html).contains("1m15s", "300 MiB", "280 MiB", "100 MiB", "90 MiB", "backward");
        assertThat(html).contains("scripts/trefoil run &#39;a&lt;b&#39;", "2 cores");
    }

    @Test
    void checks_and_published_figures_are_tables() throws IOException {
        Path run = run("a", 0.1);
        Check.write(
                run,
                List.of(
                        new Check("Loss falls", Check.Outcome.PASSED, "4 to 3.5", "down"),
                        new Check("Reward rises", Check.Outcome.FAILED, "not measured", "up")));
        Files.writeString(run.resolve("published.yaml"), """
                source: A <blog>
                rows:
                  - {what: Loss, published: "3.9", ours: "{sft.last.eval_loss}, rate {sft.config.optim.learning_rate}", why: "Another model, {sft.config.lora.r} wide."}
                  - {what: Reward, published: "1.7", ours: "{ppo.last.reward}"}
                """);
        String html = RunPage.html(RunFiles.read(run));
        assertThat(html)
                .contains("A &lt;blog&gt;", "3.500, rate 0.1", "Another model, not measured wide.", "not measured");
        assertThat(html).contains("<tr class=\"passed\">", "<tr class=\"failed\">");
    }

    @Test
    void reasons_quote_figures_too_and_whole_numbers_have_no_fraction() throws IOException {
        Path run = run("whole", 2);
        Files.writeString(run.resolve("published.yaml"), """
                source: A blog
                rows:
                  - {what: Loss, published: "3.9", ours: "at {sft.config.optim.learning_rate}; so", why: "It ends at {sft.last.eval_loss}; see."}
                """);
        assertThat(RunPage.html(RunFiles.read(run))).contains("at 2; so", "It ends at 3.500; see.");
    }

    private Path judged(String name) throws IOException {
        Path run = folder.resolve(name);
        ArtifactWriter.write(run.resolve("ppo"), draft -> {
            try (JsonlSink log = JsonlSink.create(draft.record("metrics.jsonl"))) {
                if (name.equals("held")) {
                    log.step(0, Map.of("eval_env/reward_best_of_n", 0.875));
                    log.step(8, Map.of("eval_env/reward_best_of_n", 1.75));
                }
                log.step(9, Map.of("eval_env/reward_mean", 1.25, "eval_objective/kl", 3.5));
            }
            Files.writeString(draft.record("config.yaml"), "eval:\n  samples: 2\n");
            return Manifest.of("ppo", 1, Map.of(), Map.of(), List.of());
        });
        return run;
    }

    @Test
    void the_best_of_n_stands_beside_ppo() throws IOException {
        assertThat(RunPage.html(RunFiles.read(judged("held"))))
                .contains("best of 2 samples of the reference", "0.875", "at most 0.193", "1.250", "3.500");
        Path run = judged("best");
        assertThat(RunPage.html(RunFiles.read(run))).doesNotContain("samples of the reference");
        Files.writeString(
                run.resolve("best-of-n.jsonl"),
                "{\"n\": 4, \"prompts\": 8, \"mean_reward\": 0.75, \"standard_error\": 0.125, \"kl_bound\": 0.636}\n");
        assertThat(RunPage.html(RunFiles.read(run)))
                .contains("best of 4 samples", "0.750 ± 0.125", "at most 0.636", "1.250", "3.500");
    }

    @Test
    void runs_are_compared_by_figures_curves_and_keys() throws IOException {
        List<RunFiles> runs =
                Stream.of(run("a", 0.1), run("b", 0.2)).map(RunFiles::read).toList();
        String html = ComparePage.html(runs);
        assertThat(html).contains("Keys that differ", "optim.learning_rate", "class=\"s1\"", "a, b");
        assertThat(html).doesNotContain(">seed<", "<script");
        assertThat(html).isEqualTo(ComparePage.html(runs));
        String same = ComparePage.html(List.of(runs.get(0), runs.get(0)));
        assertThat(same).contains("No key of the configuration differs", "a (1)", "a (2)");
    }

    @Test
    void a_stage_under_way_is_shown_and_nothing_is_said_to_be_nothing() throws IOException {
        Path work = Files.createDirectories(folder.resolve("live/sft.work"));
        try (JsonlSink log = JsonlSink.create(work.resolve("metrics.jsonl"))) {
            log.step(1, Map.of("loss", 2.0));
            log.step(2, Map.of("loss", 1.0));
        }
        assertThat(RunPage.html(RunFiles.read(folder.resolve("live")))).contains("under way", "<h4>loss, nats</h4>");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> RunFiles.read(empty))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("found no stage");
    }

    @Test
    void a_page_names_no_folder_of_the_machine() {
        Path working = Path.of("/srv/jo/trefoil");
        PortablePaths inside = PortablePaths.of(working.resolve("runs/a"), working, "/home/jo");
        assertThat(inside.in("sft: /srv/jo/trefoil/runs/a/sft\nbase: /home/jo/bases/b --out /srv/jo/trefoil"))
                .isEqualTo("sft: runs/a/sft\nbase: ~/bases/b --out .");
        PortablePaths outside = PortablePaths.of(Path.of("/data/x/a"), working, null);
        assertThat(outside.in("run --out /data/x/a; /data/x/a/sft; /data/x/ab"))
                .isEqualTo("run --out runs/a; runs/a/sft; /data/x/ab");
    }
}
