package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.TinyBase;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The doctor in whole runs: fourteen that are broken on purpose, each by one setting, file or weight, and three healthy ones. The rule is
 * named in doctor.jsonl and report.html, or in the refusal. {@code DoctorTest} has a broken run for every rule, made of recorded metrics.
 */
class BrokenRunsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String COMMON = """
            engine: {compute: fp32, int8_forward: false, int8_backward: false}
            lora: {r: 4, target_modules: all-linear}
            """;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() throws IOException {
        String base = "base: \"" + TinyBase.prepare(folder) + "\"\n";
        Path reviews = TinyBase.reviews(folder.resolve("reviews.jsonl"), 5, 120);
        Path pairs = TinyBase.pairs(folder.resolve("pairs.jsonl"), 5, 48);
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 5, 32);
        reward("letters", "rules: [{pattern: '(?-i)e', most: 100}]");
        reward("brief", "rules: [{pattern: '.', score: -1, most: 1000}]");
        reward("silent", "rules: [{pattern: '\\p{IsHangul}'}]");
        reward("misremembered", "rules: [{pattern: e}]");
        Files.writeString(
                folder.resolve("misremembered/golden.jsonl"),
                "{\"prompt\": \"p\", \"response\": \"here\", \"score\": 7}\n".repeat(8));
        deadLayer();
        Files.writeString(folder.resolve("sft.yaml"), base + COMMON + """
                data: {path: "%s"}
                packing: {length: 64}
                eval: {samples: 0}
                optim: {learning_rate: 5e-3}
                train: {batch_size: 4, max_steps: 70, logging_steps: 1}
                """.formatted(reviews));
        Files.writeString(folder.resolve("reward.yaml"), base + COMMON + """
                data: {path: "%s"}
                rows: {length: 128}
                optim: {learning_rate: 5e-3}
                train: {batch_size: 4, max_steps: 70, logging_steps: 1}
                """.formatted(pairs));
        Files.writeString(
                folder.resolve("ppo.yaml"), base + COMMON + """
                data: {path: "%s"}
                reward: {model: "%s"}
                prompts: {max_tokens: 40}
                sampling: {max_new_tokens: 10, stop: none}
                optim: {learning_rate: 1e-3}
                ppo: {steps: 24, batch_size: 16, mini_batch_size: 16, samples_every: 0, kl: {coef: 0.05}}
                """.formatted(prompts, folder.resolve("letters")));
    }

    /** A base whose second layer lets nothing of its attention through: what is trained there gets no gradient. */
    private static void deadLayer() throws IOException {
        Path hf = TinyBase.publish(folder.resolve("dead-hf"));
        Path weights = hf.resolve("model.safetensors");
        Map<String, SafeTensorsWriter.Tensor> tensors = new LinkedHashMap<>();
        try (SafeTensorsFile file = SafeTensorsFile.open(weights)) {
            for (String name : file.names()) {
                float[] values = file.floats(name);
                if (name.equals("model.layers.1.self_attn.o_proj.weight")) {
                    Arrays.fill(values, 0);
                }
                tensors.put(
                        name,
                        SafeTensorsWriter.Tensor.of(values, file.info(name).shape()));
            }
        }
        Files.delete(weights);
        SafeTensorsWriter.write(weights, tensors);
        Prepare.run(hf, folder.resolve("dead"), PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
    }

    private static void reward(String name, String rules) throws IOException {
        Files.writeString(
                Files.createDirectories(folder.resolve(name)).resolve("reward.yaml"), "kind: rule\n" + rules + "\n");
    }

    private static CommandLineRun run(String stage, Path out, String... settings) {
        List<String> arguments =
                new ArrayList<>(List.of(stage, folder.resolve(stage + ".yaml").toString(), "--out", out.toString()));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting.strip().replace("FOLDER", folder.toString())));
        }
        return CommandLineRun.of(arguments.toArray(String[]::new));
    }

    private static List<String> fired(Path artifact) throws IOException {
        List<String> names = new ArrayList<>();
        Path work = artifact.resolveSibling(artifact.getFileName() + ".work");
        for (String line :
                Files.readAllLines((Files.isDirectory(artifact) ? artifact : work).resolve("doctor.jsonl"))) {
            names.add(JSON.readTree(line).path("rule").asText());
        }
        return names;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "end_tokens         | sft    | packing.eos=false; train.max_steps=2",
                "truncated          | sft    | packing={mode: none, length: 12}; train.max_steps=2",
                "tokenizer          | sft    | data.replace=[{from: '.', to: ' <s>'}]; train.max_steps=2",
                "learning_rate      | reward | optim.learning_rate=1e-9; train.max_steps=2",
                "memory             | reward | train.batch_size=3000000",
                "batch_size         | ppo    | ppo.batch_size=4; ppo.mini_batch_size=4; ppo.steps=1",
                "sampling_purity    | ppo    | sampling.top_k=50",
                "gradient_flow      | ppo    | base=FOLDER/dead",
                "reward_golden      | ppo    | reward.model=FOLDER/misremembered",
                "clip_fraction      | ppo    | optim.learning_rate=0.03; ppo.kl.coef=0",
                "explained_variance | ppo    | optim.learning_rate=0.01; ppo.kl.coef=0; sampling={max_new_tokens: 12, stop: eos}; reward.model=FOLDER/brief",
                "equal_rewards      | ppo    | reward.model=FOLDER/silent; ppo.steps=4",
                "not_finite         | sft    | optim.learning_rate=1e30",
                "loss_not_moving    | reward | optim.learning_rate=1e-12",
            })
    void broken_runs_are_named(String rule, String stage, String settings) throws IOException {
        Path out = folder.resolve(rule).resolve(stage);
        CommandLineRun run = run(stage, out, settings.split(";"));
        if (run.code() == 4) {
            assertThat(run.err()).contains("doctor." + rule + ": warn goes on all the same");
        } else {
            assertThat(fired(out)).as(run.err()).contains(rule);
        }
        if (run.code() == 0) {
            assertThat(Files.readString(out.resolve("report.html"))).contains("What the doctor said", rule);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "reward", "ppo"})
    void healthy_runs_are_left_alone(String stage) throws IOException {
        Path out = folder.resolve("healthy").resolve(stage);
        CommandLineRun run = run(stage, out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(fired(out)).isEmpty();
        assertThat(Files.readString(out.resolve("report.html"))).doesNotContain("What the doctor said");
    }
}
