package dev.trefoil.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.verify.CaseOutcome.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** All golden cases pass, and a case in which one number is changed does not. */
class VerifyGoldenTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temporary;

    static List<Path> cases() throws IOException {
        try (Stream<Path> folders = Files.list(GOLDEN)) {
            return folders.filter(folder -> Files.exists(folder.resolve("case.json")))
                    .sorted()
                    .toList();
        }
    }

    private static VerifyReport run(Path folder) {
        return Verify.run(List.of(folder), outcome -> {});
    }

    @ParameterizedTest
    @MethodSource("cases")
    void passes_and_leaves_nothing_unchecked(Path folder) {
        CaseOutcome outcome = run(folder).outcomes().get(0);
        assertThat(outcome.deviations())
                .as(OutcomeText.table(outcome))
                .isNotEmpty()
                .allMatch(Deviation::ok);
        assertThat(outcome.status()).as(OutcomeText.table(outcome)).isEqualTo(Status.PASSED);
        assertThat(outcome.unchecked()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "arch_llama_tied_linear_rope, left.hidden_states.1",
        "arch_llama_tied_linear_rope, generate.sequences",
        "arch_llama_mha_bf16, right.logits_computed_in_bfloat16",
        "lora_llama_rslora, grad.base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight",
        "lora_llama_rslora, merged.model.layers.0.self_attn.q_proj.weight",
        "loss_llama, packed.token_nll",
        "int8_one_row, CA",
        "int8_one_row, y_bnb_cpu_eval",
        "int8_model_llama, int8.lora.logits",
        "int8_model_llama, outlier_cols.model.layers.1.mlp.down_proj",
        "int8_model_llama, weight.model.layers.0.mlp.up_proj.CB",
        "sft_steps_llama, after.base_model.model.model.layers.0.mlp.up_proj.lora_A.weight",
        "reward_llama, scores",
        "ppo_step_llama, after4.v_head.summary.weight",
        "sampling, probs.6"
    })
    void fails_when_a_tensor_is_changed(String name, String tensor) throws IOException {
        Path folder = copy(name);
        change(folder.resolve("data.safetensors"), tensor);
        VerifyReport report = run(folder);
        CaseOutcome outcome = report.outcomes().get(0);
        assertThat(outcome.status()).as(OutcomeText.table(outcome)).isEqualTo(Status.FAILED);
        assertThat(outcome.deviations())
                .filteredOn(deviation -> !deviation.ok())
                .extracting(Deviation::quantity)
                .contains(tensor);
        assertThat(report.exitCode()).isEqualTo(ExitCode.FAILED);
    }

    @ParameterizedTest
    @CsvSource({
        "lora_llama_rslora, /scalars, loss",
        "loss_llama, /scalars, completion.sum",
        "sft_steps_llama, /scalars/grad_norm, 2",
        "tokenizer_llama3, /scalars/encode/4/ids, 1",
        "tokenizer_llama3, /scalars/chat/0/ids, 1",
        "peft_defaults, /scalars/llama/tensors/base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight, 0"
    })
    void fails_when_a_scalar_is_changed(String name, String parent, String key) throws IOException {
        Path folder = copy(name);
        Path file = folder.resolve("case.json");
        JsonNode root = JSON.readTree(file.toFile());
        JsonNode holder = root.at(parent);
        if (holder instanceof ObjectNode object) {
            object.put(key, object.get(key).asDouble() * 1.01 + 0.01);
        } else {
            int at = Integer.parseInt(key);
            JsonNode old = holder.get(at);
            ((ArrayNode) holder)
                    .set(
                            at,
                            old.isIntegralNumber()
                                    ? JSON.getNodeFactory().numberNode(old.asInt() + 1)
                                    : JSON.getNodeFactory().numberNode(old.asDouble() * 1.01));
        }
        JSON.writeValue(file.toFile(), root);
        assertThat(run(folder).outcomes().get(0).status()).isEqualTo(Status.FAILED);
    }

    @Test
    void a_case_of_another_family_is_skipped_and_alone_no_success() throws IOException {
        Path folder = copy("loss_llama");
        Path config = temporary.resolve("arch_llama_gqa/model/config.json");
        Files.writeString(config, Files.readString(config).replace("\"llama\"", "\"t5\""));
        VerifyReport alone = run(folder);
        assertThat(OutcomeText.table(alone.outcomes().get(0)))
                .isEqualTo("loss_llama: skipped: family t5 not supported yet\n");
        assertThat(alone.ok()).isFalse();
        assertThat(alone.summary()).contains("1 skipped").contains("nothing could be checked");
        VerifyReport both = Verify.run(List.of(folder, GOLDEN.resolve("sampling")), outcome -> {});
        assertThat(both.ok()).isTrue();
        assertThat(both.json().path("skipped").asInt()).isEqualTo(1);
    }

    @Test
    void an_unknown_kind_is_skipped() throws IOException {
        Path folder = copy("sampling");
        Path file = folder.resolve("case.json");
        Files.writeString(file, Files.readString(file).replace("\"options\"", "\"choices\""));
        assertThat(run(folder).outcomes().get(0).reason()).isEqualTo("a kind of case that is not known here");
    }

    @Test
    void a_damaged_case_fails_without_ending_the_others() throws IOException {
        Path folder = copy("sampling");
        Files.write(folder.resolve("data.safetensors"), new byte[] {1, 2, 3});
        VerifyReport report = Verify.run(List.of(folder, GOLDEN.resolve("optim_schedules")), outcome -> {});
        assertThat(report.outcomes()).extracting(CaseOutcome::status).containsExactly(Status.FAILED, Status.PASSED);
        assertThat(report.summary()).contains("failed: sampling");
        assertThat(report.json().path("cases").path(0).path("reason").asText()).contains("data.safetensors");
    }

    @Test
    void a_folder_without_cases_is_told() {
        assertThatThrownBy(() -> run(temporary)).isInstanceOf(UserError.class).hasMessageContaining("found no case");
        assertThatThrownBy(() -> run(temporary.resolve("nowhere")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no such folder");
    }

    /** The case beside the models that cases name. */
    private Path copy(String name) throws IOException {
        for (String each : List.of(name, "arch_llama_gqa", "arch_llama_outliers", "lora_llama_outliers")) {
            Path source = GOLDEN.resolve(each);
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file : files.toList()) {
                    Path target = temporary.resolve(each).resolve(source.relativize(file));
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(target);
                    } else if (!Files.exists(target)) {
                        Files.write(target, Files.readAllBytes(file));
                    }
                }
            }
        }
        return temporary.resolve(name);
    }

    /** Changes the first entry of a tensor: a float by a half and one, a whole number by one. */
    private static void change(Path file, String tensor) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(Long.BYTES + buffer.getLong(0));
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            SafeTensorsFile.Info info = source.info(tensor);
            int at = header + Math.toIntExact(info.begin());
            switch (info.dtype()) {
                case "F32" -> buffer.putFloat(at, 1.5f * buffer.getFloat(at) + 1);
                case "I64" -> buffer.putLong(at, buffer.getLong(at) + 1);
                case "I8" -> buffer.put(at, (byte) (buffer.get(at) ^ 1));
                default -> throw new IllegalStateException(info.dtype());
            }
        }
        Files.write(file, bytes);
    }
}
