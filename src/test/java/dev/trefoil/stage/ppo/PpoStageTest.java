package dev.trefoil.stage.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.StartKl;
import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.quant.Precision;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.rl.Era;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.Trainable;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PpoStageTest {

    private static final String REWARD = """
            kind: rule
            rules: [{pattern: "[a-z]", score: 1}]
            """;

    /** Makes a random model choose among a few tokens, so that a few hundred samples teach it something. */
    private static final double SHARP = 0.2;

    @TempDir
    static Path folder;

    private static SharedBase base;
    private static Path prompts;
    private static Path reward;

    @BeforeAll
    static void open() throws IOException {
        base = SharedBase.open(TinyBase.prepare(folder), EngineConfig.parity());
        prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 3, 40);
        reward = Files.createDirectories(folder.resolve("letter-e"));
        Files.writeString(reward.resolve("reward.yaml"), REWARD);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static PpoConfig config(PpoPreset preset, int steps, int saveSteps) {
        return config(preset, steps, saveSteps, 16, 2);
    }

    private static PpoConfig config(PpoPreset preset, int steps, int saveSteps, int batch, int epochs) {
        PpoOptions options = ConfigReader.fromOverrides(
                List.of(
                        "preset=" + preset.name().toLowerCase(Locale.ROOT),
                        "steps=" + steps,
                        "batch_size=" + batch,
                        "mini_batch_size=" + batch / 2,
                        "ppo_epochs=" + epochs,
                        "kl={controller: fixed, coef: 0.002, estimator: k1}",
                        "value_head=zero",
                        "samples_every=2",
                        "save_steps=" + saveSteps,
                        "save_total_limit=1"),
                PpoOptions.class);
        return PpoConfig.of(preset, DataConfig.of(prompts.toString()), RewardChoice.of(reward.toString()))
                .withPpo(options)
                .withPrompts(PromptConfig.beginning(2, 4))
                .withLora(LoraSettings.of(4, 8, 0.1).withTargets("all-linear"))
                .withOptim(PpoOptim.constant(1e-2, 1))
                .withSampling(PpoSampling.pure(4, PpoSampling.Stop.EOS));
    }

    private static StageResult run(String name, PpoConfig config, boolean resume) {
        RunFolder run = RunFolder.of(folder.resolve("runs"), name, "ppo");
        return new PpoStage().run(StageContext.quiet(run).withResume(resume), base, config);
    }

    private static List<MetricsLog.Row> metrics(StageResult result) throws IOException {
        return MetricsLog.read(result.artifact().resolve("metrics.jsonl"));
    }

    private static double mean(List<MetricsLog.Row> rows, int from, int to) {
        return rows.subList(from, to).stream()
                .mapToDouble(row -> row.metrics().get("env/reward_mean"))
                .average()
                .orElseThrow();
    }

    @Test
    void starts_at_no_kl_and_ratio_one_and_the_reward_rises() throws IOException {
        HeldOptions held = HeldOptions.of(DataConfig.of(prompts.toString()).withSlice(30, 10L), 4);
        PpoConfig config = config(PpoPreset.TRL_CLASSIC, 12, 0, 64, 4)
                .withSampling(new PpoSampling(1, null, SHARP, PpoSampling.Stop.NONE, null, null, null, null, null))
                .withOptim(PpoOptim.constant(3e-3, 1))
                .withEval(held);
        StageResult result = run("rises", config, false);
        List<MetricsLog.Row> rows = metrics(result);
        assertThat(rows.get(0).step()).isZero();
        assertThat(rows.get(0).metrics()).containsEntry("eval_objective/kl", 0.0);
        List<MetricsLog.Row> steps = rows.subList(1, rows.size());
        assertThat(steps).hasSize(12);
        assertThat(steps.get(0).metrics())
                .containsEntry("objective/kl", 0.0)
                .containsEntry("ppo/policy/ratio_first", 1.0);
        assertThat(steps).allSatisfy(row -> assertThat(row.metrics()).containsEntry("ppo/policy/ratio_first", 1.0));
        assertThat(mean(steps, 9, 12)).isGreaterThan(mean(steps, 0, 3) + 0.2);
        assertThat(result.metrics().get("after/eval_env/reward_mean"))
                .isGreaterThan(result.metrics().get("before/eval_env/reward_mean"));
        assertThat(result.metrics().get("after/eval_objective/kl")).isNotZero();
        artifactIsComplete(result);
    }

    private static void artifactIsComplete(StageResult result) throws IOException {
        Artifact artifact = Artifact.open(result.artifact()).requireKind("ppo").requireBase(base.hash(), "tiny");
        assertThat(PeftFiles.read(artifact.adapter(), base.sites(), "ppo").modules())
                .isNotEmpty();
        try (SafeTensorsFile head = SafeTensorsFile.open(artifact.file("value_head.safetensors"))) {
            assertThat(head.names()).containsExactlyInAnyOrder("v_head.summary.weight", "v_head.summary.bias");
            assertThat(head.info("v_head.summary.weight").shape()).containsExactly(1, TinyBase.HIDDEN);
        }
        assertThat(Files.readAllLines(artifact.file("samples.jsonl"))).hasSize(6 * 4);
        assertThat(result.summaryLines()).anyMatch(line -> line.contains("reward"));
    }

    @Test
    void a_seed_repeats_its_bytes_and_a_resumed_run_ends_with_them() throws IOException {
        PpoConfig config = config(PpoPreset.TRL_1X, 4, 2).withSampling(PpoSampling.pure(6, PpoSampling.Stop.EOS));
        Artifact whole = Artifact.open(run("whole", config, false).artifact());
        Artifact again = Artifact.open(run("again", config, false).artifact());
        assertThat(again.hash()).isEqualTo(whole.hash());

        RunFolder cut = RunFolder.of(folder.resolve("runs"), "cut", "ppo");
        assertThatThrownBy(() -> new PpoStage().run(failingAt(cut, 3), base, config))
                .isInstanceOf(IllegalStateException.class);
        Artifact resumed = Artifact.open(run("cut", config, true).artifact());
        assertThat(resumed.hash()).isEqualTo(whole.hash());
    }

    /** A context whose clock breaks in the given step: six readings a step after the log's own. */
    private static StageContext failingAt(RunFolder run, int step) {
        StageContext plain = StageContext.quiet(run);
        int[] readings = {0};
        return new StageContext(run, plain.dataRoot(), plain.messages(), false, () -> {
            if (++readings[0] > 6 * step + 3) {
                throw new IllegalStateException("cut off");
            }
            return System.nanoTime();
        });
    }

    @Test
    void a_supervised_adapter_is_part_of_the_reference() throws IOException {
        LoraAdapter sft = LoraAdapter.create(
                "sft", LoraSettings.of(4, 8, 0).withTargets("all-linear").forFamily("llama"), base.sites(), 5);
        Random random = new Random(5);
        FloatBuffer values = sft.values();
        for (int i = 0; i < values.capacity(); i++) {
            values.put(i, (float) (0.1 * random.nextGaussian()));
        }
        Path adapter = folder.resolve("sft-adapter");
        PeftFiles.write(adapter, sft, "tiny", TaskType.CAUSAL_LM);
        StageResult result = run("over-sft", config(PpoPreset.TRL_CLASSIC, 2, 0).withSft(adapter), false);
        assertThat(metrics(result).get(0).metrics()).containsEntry("objective/kl", 0.0);
    }

    /** The first step of a run checks both, so it is enough that it goes through. */
    @Test
    void quantised_arithmetic_starts_at_no_kl_and_ratio_one_too() throws IOException {
        PpoConfig config = config(PpoPreset.TRL_1X, 2, 0);
        RunFolder run = RunFolder.of(folder.resolve("runs"), "int8", "ppo");
        try (SharedBase quantised =
                SharedBase.open(TinyBase.prepare(folder, Precision.INT8), EngineConfig.defaults())) {
            StageResult result = new PpoStage().run(StageContext.quiet(run), quantised, config);
            assertThat(metrics(result))
                    .hasSize(2)
                    .allSatisfy(row -> assertThat(row.metrics()).containsEntry("ppo/policy/ratio_first", 1.0));
        }
    }

    @Test
    void top_k_is_refused_unless_allowed() {
        PpoSampling topK = new PpoSampling(6, null, 1.0, null, 20, null, null, null, null);
        PpoConfig config = config(PpoPreset.TRL_CLASSIC, 1, 0).withSampling(topK);
        assertThatThrownBy(() -> run("refused", config, false))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.REFUSED))
                .hasMessageContaining("top_k");
    }

    @Test
    void a_reward_program_that_ends_at_once_is_reported_with_what_it_wrote() throws IOException {
        Path broken = Files.createDirectories(folder.resolve("broken"));
        Files.writeString(
                broken.resolve("reward.yaml"),
                "kind: process\ncommand: [sh, -c, 'echo module is missing >&2; exit 1']\n");
        Files.writeString(broken.resolve("golden.jsonl"), "{\"prompt\": \"a\", \"response\": \"b\", \"score\": 1}\n");
        PpoConfig config = config(PpoPreset.TRL_CLASSIC, 1, 0).withReward(RewardChoice.of(broken.toString()));
        assertThatThrownBy(() -> run("broken", config, false))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.FAILED))
                .hasMessageContaining("module is missing");
    }

    @Test
    void sampled_tokens_come_from_the_distribution_that_is_read() {
        LoraAdapter adapter = LoraAdapter.create(
                "ppo", LoraSettings.of(4, 8, 0).withTargets("all-linear").forFamily("llama"), base.sites(), 5);
        Random random = new Random(5);
        FloatBuffer numbers = adapter.values();
        for (int i = 0; i < numbers.capacity(); i++) {
            numbers.put(i, (float) (0.1 * random.nextGaussian()));
        }
        AdapterStack stack = AdapterStack.of(base.sites(), List.of(adapter), true);
        List<int[]> prompts = List.of(new int[] {5, 6, 9, 30}, new int[] {40, 41}, new int[] {77});
        try (PpoRoles roles = new PpoRoles(
                Role.of(base, stack),
                Role.of(base, stack.with("ppo", false)),
                ScalarHead.value(TinyBase.HIDDEN),
                0.7)) {
            SamplingConfig sampling = PpoSampling.pure(9, PpoSampling.Stop.NONE)
                    .filled(PpoPreset.TRL_1X)
                    .config();
            List<Generated> drawn =
                    Generator.generate(roles.policy(), prompts, sampling, new int[0], new SampleKey(1, "ppo", 0, 0), 3);
            Sequences sequences =
                    new Sequences(prompts, drawn.stream().map(Generated::tokens).toList());
            PpoRoles.Reading reading = roles.read(sequences, TimeAxis.of(Era.V1, sequences));
            for (int i = 0; i < prompts.size(); i++) {
                float[] expected = drawn.get(i).logProbs();
                for (int t = 0; t < expected.length; t++) {
                    assertThat(reading.logProbs()[i][t]).isCloseTo(expected[t], Offset.offset(1e-4));
                }
            }
        }
    }

    @Test
    void a_difference_at_the_start_is_refused() {
        Sequences sequences = new Sequences(List.of(new int[] {5, 6}), List.of(new int[] {7, 8}));
        LoraAdapter adapter = LoraAdapter.create(
                "ppo", LoraSettings.of(4, 8, 0).withTargets("all-linear").forFamily("llama"), base.sites(), 5);
        adapter.b(adapter.modules().get(0)).put(0, 1);
        AdapterStack stack = AdapterStack.of(base.sites(), List.of(adapter), true);
        ScalarHead value = ScalarHead.value(TinyBase.HIDDEN);
        PpoConfig config = config(PpoPreset.TRL_CLASSIC, 1, 0);
        Optimisation optimisation = Optimisation.of(config.optim().config(), 1, Trainable.of(adapter));
        try (PpoRoles roles = new PpoRoles(Role.of(base, stack), Role.of(base, stack.with("ppo", false)), value, 1.0)) {
            PpoUpdate update = PpoUpdate.of(config.ppo(), roles, optimisation);
            Experience experience =
                    update.judge(update.read(sequences, MiniBatches.whole(1, 1)), new double[] {1}, null, 0.1);
            Doctor doctor = Doctor.alone(Map.of(), line -> {});
            doctor.examine(new StartKl(experience.largestKl()));
            assertThatThrownBy(doctor::conclude)
                    .isInstanceOfSatisfying(
                            UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.REFUSED));
        }
    }
}
