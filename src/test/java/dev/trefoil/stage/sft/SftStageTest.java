package dev.trefoil.stage.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.data.DataConfig;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.EventFileReader;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.report.ReportTo;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.TrainConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftStageTest {

    private static final long STEPS = 8;

    @TempDir
    private static Path shared;

    private static SharedBase base;
    private static Path training;
    private static Path held;

    @TempDir
    private Path folder;

    @BeforeAll
    static void prepare() {
        base = SharedBase.open(TinyBase.prepare(shared), EngineConfig.parity());
        training = TinyBase.reviews(shared.resolve("training.jsonl"), 5, 60);
        held = TinyBase.reviews(shared.resolve("held.jsonl"), 6, 12);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static SftConfig config(TrainConfig train, double dropout) {
        return new SftConfig(
                null,
                1,
                EngineConfig.parity(),
                LoraSettings.of(8, 16, dropout).withTargets("all-linear"),
                OptimConfig.of(1e-2, OptimConfig.Course.COSINE).withWarmup(2),
                DataConfig.of(training.toString()),
                PackingConfig.defaults().withLength(48),
                SftEvalConfig.defaults()
                        .withData(DataConfig.of(held.toString()))
                        .withSamples(2, 4, 8),
                train,
                Map.of());
    }

    private static TrainConfig train() {
        return TrainConfig.defaults().withBatch(4, 2).withMaxSteps(STEPS).withRhythm(2, 4, 3);
    }

    private RunFolder run(String name) {
        return RunFolder.of(folder, name, "sft");
    }

    private StageResult train(String name, SftConfig config) {
        return new SftStage().run(StageContext.quiet(run(name)), base, config);
    }

    @Test
    void learns_and_seals_what_it_learned() throws IOException {
        StageResult result = train("a", config(train(), 0.05));
        assertThat(result.metrics().get("eval_loss"))
                .isLessThan(result.metrics().get("eval_loss_before") - 0.05);
        Artifact artifact = Artifact.open(result.artifact()).requireKind("sft").requireBase(base.hash(), "tiny");
        assertThat(artifact.manifest().golden())
                .hasSize(8)
                .allSatisfy(text -> assertThat(text.score()).isBetween(0.1, 10.0));
        assertThat(PeftFiles.read(artifact.adapter(), base.sites(), "sft").modules())
                .hasSize(7 * TinyBase.LAYERS);
        assertThat(Files.readAllLines(artifact.file("samples.jsonl"))).hasSize(2);
        assertThat(Files.exists(artifact.file("config.yaml"))).isTrue();
        assertThat(Files.exists(run("a").work())).isFalse();
        List<MetricsLog.Row> rows = MetricsLog.read(artifact.file("metrics.jsonl"));
        assertThat(rows.get(0).step()).isZero();
        assertThat(rows.get(0).metrics()).containsKeys("eval_loss", "eval_perplexity");
        Map<String, Double> last = rows.get(rows.size() - 1).metrics();
        assertThat(last).containsKeys("loss", "eval_loss", "grad_norm", "learning_rate", "num_tokens", "epoch");
        assertThat(last.get("num_tokens")).isEqualTo(result.metrics().get("num_tokens"));
        assertThat(result.summaryLines()).anyMatch(line -> line.contains("eval loss"));
    }

    @Test
    void a_killed_run_that_goes_on_ends_with_the_same_artifact() throws IOException {
        SftConfig config = config(train(), 0.1);
        String straight = Artifact.open(train("a", config).artifact()).hash();
        AtomicInteger calls = new AtomicInteger();
        StageContext quiet = StageContext.quiet(run("b")).withReportTo(Set.of(ReportTo.TENSORBOARD, ReportTo.CSV));
        StageContext dying = new StageContext(quiet.folder(), quiet.dataRoot(), quiet.messages(), false, () -> {
                    if (calls.incrementAndGet() > 10) {
                        throw new IllegalStateException("killed");
                    }
                    return System.nanoTime();
                })
                .withReportTo(quiet.reportTo());
        assertThatThrownBy(() -> new SftStage().run(dying, base, config)).hasMessage("killed");
        assertThat(Files.exists(run("b").checkpoints().resolve("step-3"))).isTrue();
        StageResult resumed = new SftStage().run(quiet.withResume(true), base, config);
        assertThat(Artifact.open(resumed.artifact()).hash()).isEqualTo(straight);
        List<Long> logged = MetricsLog.read(resumed.artifact().resolve("metrics.jsonl")).stream()
                .map(MetricsLog.Row::step)
                .toList();
        assertThat(EventFileReader.read(run("b").events()).stream().skip(1).map(EventFileReader.Event::step))
                .containsExactlyElementsOf(logged);
        assertThat(Files.readAllLines(run("b").csv())).hasSize(logged.size() + 1);
    }

    @Test
    void a_seed_decides_the_artifact() {
        TrainConfig brief = train().withMaxSteps(3L);
        String first = Artifact.open(train("a", config(brief, 0.1)).artifact()).hash();
        SftConfig c = config(brief, 0.1);
        SftConfig other = new SftConfig(
                null, 2, c.engine(), c.lora(), c.optim(), c.data(), c.packing(), c.eval(), c.train(), Map.of());
        assertThat(Artifact.open(train("b", config(brief, 0.1)).artifact()).hash())
                .isEqualTo(first);
        assertThat(Artifact.open(train("c", other).artifact()).hash()).isNotEqualTo(first);
    }

    @Test
    void batches_that_are_accumulated_count_as_one() {
        double apart = train("a", config(train(), 0)).metrics().get("eval_loss");
        TrainConfig joined =
                TrainConfig.defaults().withBatch(8, 1).withMaxSteps(STEPS).withRhythm(2, 4, 3);
        double together = train("b", config(joined, 0)).metrics().get("eval_loss");
        assertThat(together).isCloseTo(apart, within(1e-3));
    }

    @Test
    void stops_early_and_keeps_the_best() {
        SftConfig c =
                config(TrainConfig.defaults().withBatch(4, 1).withMaxSteps(60L).withRhythm(1, 1, null), 0);
        SftConfig wild = new SftConfig(
                null,
                1,
                c.engine(),
                c.lora(),
                OptimConfig.of(0.5, OptimConfig.Course.CONSTANT),
                c.data(),
                c.packing(),
                c.eval().withPatience(3),
                c.train(),
                Map.of());
        StringBuilder said = new StringBuilder();
        StageContext quiet = StageContext.quiet(run("a"));
        StageContext heard =
                new StageContext(quiet.folder(), quiet.dataRoot(), recorder(said), false, quiet.nanoClock());
        StageResult result = new SftStage().run(heard, base, wild);
        long steps = result.metrics().get("steps").longValue();
        assertThat(steps).isLessThan(60);
        assertThat(said).contains("kept: the adapter of step " + (steps - 3));
    }

    private static PrintStream recorder(StringBuilder said) {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8) {
            @Override
            public void println(String line) {
                said.append(line).append('\n');
            }
        };
    }

    @Test
    void faults_of_the_data_are_said_in_words() throws IOException {
        Path wrong = Files.writeString(folder.resolve("wrong.jsonl"), "{\"body\": \"a film\"}\n");
        SftConfig c = config(train(), 0);
        SftConfig column = new SftConfig(
                null,
                1,
                c.engine(),
                c.lora(),
                c.optim(),
                DataConfig.of(wrong.toString()),
                c.packing(),
                c.eval(),
                c.train(),
                Map.of());
        assertThatThrownBy(() -> train("a", column))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("body");
        SftConfig longRows = new SftConfig(
                null,
                1,
                c.engine(),
                c.lora(),
                c.optim(),
                c.data(),
                c.packing().withLength(4096),
                c.eval(),
                c.train(),
                Map.of());
        assertThatThrownBy(() -> train("b", longRows))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("packing.length");
    }
}
