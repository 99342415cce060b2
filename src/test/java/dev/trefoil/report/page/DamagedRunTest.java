package dev.trefoil.report.page;

import dev.trefoil.Survival;
import dev.trefoil.UserError;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.report.JsonlSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run has left, as its report reads it, under random damage: the page is written, or the fault is named. */
class DamagedRunTest {

    private static final Map<String, String> BESIDE = Map.of(
            "ppo/config.yaml",
            "ppo:\n  batch_size: 8\neval:\n  samples: 2\noptim: {target_modules: [q, v]}\n",
            "ppo/samples.jsonl",
            "{\"step\": 10, \"prompt\": \"p\", \"before\": \"b\", \"after\": \"a\", \"reward_after\": 1.25}\n"
                    .repeat(2),
            "ppo/doctor.jsonl",
            "{\"step\": 3, \"rule\": \"ratio\", \"severity\": \"warn\", \"found\": \"9\", \"cause\": \"c\", \"fix\": \"f\"}\n",
            "reward/evaluation.json",
            """
            {"pairs": 12, "accuracy": 0.75, "accuracy_low": 0.5, "accuracy_high": 0.9, "score_auc": 0.8,
             "margin": {"mean": 0.5, "edges": [-1, 0, 1], "counts": [3, 9]},
             "calibration": {"ece": 0.1, "bins": [
               {"pairs": 4, "confidence": 0.55, "accuracy": 0.25}, {"pairs": 8, "confidence": 0.9, "accuracy": 1.0}]}}
            """,
            "checks.json",
            "[{\"name\": \"Loss\", \"outcome\": \"PASSED\", \"found\": \"4 to 3\", \"wanted\": \"down\"}]",
            "published.yaml",
            """
            source: A blog
            rows:
              - {what: Loss, published: "3.9", ours: "{ppo.last.objective/kl|percent}, {ppo.config.eval.samples}", why: Other.}
              - {what: Reward, published: "1.7", ours: "{ppo.own_bytes|mib}"}
            """,
            "best-of-n.jsonl",
            "{\"n\": 4, \"prompts\": 8, \"mean_reward\": 0.75, \"standard_error\": 0.125, \"kl_bound\": 0.636}\n",
            "reward.json",
            "{\"seconds\": 12.5}");

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        ArtifactWriter.write(folder.resolve("run/ppo"), draft -> {
            log(draft.record("metrics.jsonl"));
            beside("ppo/", draft);
            return Manifest.of("ppo", 1, Map.of(), Map.of(), List.of());
        });
        RunPageTest.facts().write(folder.resolve("run/ppo"));
        // Of a kind without a head, which is all that a reward model's has beside it.
        ArtifactWriter.write(folder.resolve("run/reward"), draft -> {
            beside("reward/", draft);
            return Manifest.of("sft", 1, Map.of(), Map.of(), List.of());
        });
        for (String name : BESIDE.keySet()) {
            if (!name.contains("/")) {
                Files.writeString(folder.resolve("run").resolve(name), BESIDE.get(name));
            }
        }
        Files.createDirectories(folder.resolve("run/other.work"));
        log(folder.resolve("run/other.work/metrics.jsonl"));
    }

    private static void log(Path file) {
        try (JsonlSink log = JsonlSink.create(file)) {
            log.step(
                    0, Map.of("eval_env/reward_mean", 0.5, "eval_objective/kl", 0.0, "eval_env/reward_best_of_n", 0.8));
            for (int step = 1; step < 4; step++) {
                log.step(step, Map.of("loss", 1.0 / step, "objective/kl", 0.1 * step, "episode", 8.0 * step));
            }
            log.step(
                    4, Map.of("eval_env/reward_mean", 0.7, "eval_objective/kl", 2.0, "eval_env/reward_best_of_n", 0.9));
        }
    }

    private static void beside(String stage, ArtifactWriter.Draft draft) throws IOException {
        for (String name : BESIDE.keySet()) {
            if (name.startsWith(stage)) {
                Files.writeString(draft.record(name.substring(stage.length())), BESIDE.get(name));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ppo/config.yaml",
                "ppo/samples.jsonl",
                "ppo/doctor.jsonl",
                "ppo/run.json",
                "ppo/metrics.jsonl",
                "other.work/metrics.jsonl",
                "reward/evaluation.json",
                "reward.json",
                "checks.json",
                "published.yaml",
                "best-of-n.jsonl"
            })
    void files_of_a_run(String name) throws IOException {
        Path run = folder.resolve("run");
        String whole = RunPage.html(RunFiles.read(run));
        Survival.ofFile(run.resolve(name), true, damaged -> {
            RunFiles read = RunFiles.read(run);
            Figures.of(read);
            if (!RunPage.html(read).equals(whole)) {
                throw UserError.data("another page");
            }
        });
    }
}
