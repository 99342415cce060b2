package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.TinyBase;
import dev.trefoil.TinyModel;
import dev.trefoil.artifact.SafeTensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The three stages, from the published checkpoint on, with the int8 base and the engine's defaults, on each kind of family. */
class FamilyPipelineTest {

    /** The family whose head, tied to the embedding in the base, is trained in full. */
    private static final String WITH_HEAD = "gpt2";

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "gpt_neox, gpt_neox.layers.1.attention.query_key_value, 96, 32",
        "bloom, transformer.h.1.self_attention.query_key_value, 144, 48",
        "gpt2, transformer.h.1.attn.c_attn, 96, 32",
        "qwen2, model.layers.1.self_attn.v_proj, 16, 32"
    })
    void goes_through_sft_reward_and_ppo(String family, String module, int rows, int columns) throws IOException {
        Path run = folder.resolve("run");
        CommandLineRun done = CommandLineRun.of("run", pipeline(family, run).toString());
        assertThat(done.code()).as(done.err()).isZero();
        for (String stage : List.of("sft", "reward", "ppo")) {
            Path adapter = run.resolve(stage).resolve("adapter");
            JsonNode config =
                    JSON.readTree(adapter.resolve("adapter_config.json").toFile());
            assertThat(config.path("fan_in_fan_out").asBoolean()).isEqualTo(family.equals("gpt2"));
            String tensor = "base_model.model." + module;
            try (SafeTensorsFile weights = SafeTensorsFile.open(adapter.resolve("adapter_model.safetensors"))) {
                assertThat(weights.info(tensor + ".lora_A.weight").shape()).containsExactly(4, columns);
                assertThat(weights.info(tensor + ".lora_B.weight").shape()).containsExactly(rows, 4);
                double sum = 0;
                for (float value : weights.floats(tensor + ".lora_B.weight")) {
                    sum += Math.abs(value);
                }
                assertThat(sum).as("trained and finite").isPositive().isFinite();
                assertThat(weights.has("base_model.model.lm_head.weight"))
                        .isEqualTo(family.equals(WITH_HEAD) && stage.equals("sft"));
            }
        }
        String first = Files.readAllLines(run.resolve("ppo/metrics.jsonl")).get(0);
        assertThat(JSON.readTree(first).path("objective/kl").asDouble(1))
                .as("the reference is the policy at the first step: " + first)
                .isZero();
    }

    private Path pipeline(String family, Path run) throws IOException {
        TinyModel.publish(folder.resolve("hf"), family);
        Path reviews = TinyBase.reviews(folder.resolve("reviews.jsonl"), 5, 24);
        Path pairs = TinyBase.pairs(folder.resolve("pairs.jsonl"), 5, 12);
        Path prompts = TinyBase.prompts(folder.resolve("prompts.jsonl"), 5, 12);
        // no targets: the family's own
        String lora = "lora: {r: 4}\n";
        String head = family.equals(WITH_HEAD) ? "lora: {r: 4, modules_to_save: [lm_head]}\n" : lora;
        Files.writeString(
                folder.resolve("sft.yaml"),
                head + "data: {path: \"" + reviews + "\"}\npacking: {length: 32}\neval: {samples: 0}\n"
                        + "train: {max_steps: 2, batch_size: 2}\n");
        Files.writeString(
                folder.resolve("reward.yaml"),
                lora + "data: {path: \"" + pairs + "\"}\nrows: {length: 64}\ntrain: {max_steps: 2}\n");
        Files.writeString(
                folder.resolve("ppo.yaml"),
                lora + "sft: stage:sft\nreward: {model: \"stage:reward\"}\ndata: {path: \"" + prompts + "\"}\n"
                        + "prompts: {max_tokens: 40}\nsampling: {max_new_tokens: 12}\nppo: {steps: 2, batch_size: 4}\n");
        Path pipeline = folder.resolve("pipeline.yaml");
        Files.writeString(pipeline, """
                base: "%s"
                prepare: {source: "%s"}
                seed: 3
                out: "%s"
                stages:
                  - {stage: sft, config: sft.yaml}
                  - {stage: reward, config: reward.yaml}
                  - {stage: ppo, config: ppo.yaml}
                """.formatted(folder.resolve("base"), folder.resolve("hf"), run));
        return pipeline;
    }
}
